export { type ColourAxes, colourAxes, colourShift, IMAGENET_EIGENPAIRS } from './augmentation/colour-jitter.js';
export { cropGeometry, type CropGeometry, type DrawKey, type NamedSize, tenCrops } from './augmentation/geometry.js';
export {
  type AugmentationPlan,
  type EvaluationCrops,
  type AugmentationSubject,
  compileAugmentation,
  imageLength,
  withoutAugmentation,
} from './augmentation/plan.js';
export { pixelTable, type PixelTable, writeCrop } from './augmentation/write-crop.js';
export { describeDataset } from './describe-dataset.js';
export { imageFileRows, type ImageFileRowsOptions } from './image-file-rows.js';
export { checkEvaluationClasses, type ResolvedDataset, resolveDataset } from './resolve-dataset.js';
export {
  BatchSchedule,
  type LocalRows,
  localRows,
  type ScheduleOptions,
  type StepLocation,
} from './sampling/batch-schedule.js';
export { evaluationPieceCount, evaluationPieceRange, evaluationPieceSize } from './sampling/evaluation-pieces.js';
export { permutation, sampleOrder } from './sampling/permutation.js';
export type { ImageFormat, ImageSource, PixelImage, ReadOptions, SourceSpec } from './sources/image-source.js';
export { turboJpegFault } from './sources/jpeg/turbojpeg.js';
export { openImageSource } from './sources/open-image-source.js';
export { cachedChannelMeans, type CachedMeansOptions } from './statistics/cached-means.js';
export { channelMeans } from './statistics/channel-means.js';
export { type Batch, BatchStream, type BatchStreamOptions } from './stream/batch-stream.js';
export type { UnreadableImage } from './stream/read-sample.js';
export { DataThreads } from './stream/data-threads.js';
export { type EvaluationPiece, EvaluationStream, type EvaluationStreamOptions } from './stream/evaluation-stream.js';
