export { cropGeometry, type CropGeometry, type DrawKey, type NamedSize } from './augmentation/geometry.js';
export {
  type AugmentationPlan,
  type AugmentationSubject,
  compileAugmentation,
  withoutAugmentation,
} from './augmentation/plan.js';
export { pixelTable, type PixelTable, writeCrop } from './augmentation/write-crop.js';
export { describeDataset } from './describe-dataset.js';
export { type ResolvedDataset, resolveDataset } from './resolve-dataset.js';
export {
  BatchSchedule,
  type LocalRows,
  localRows,
  type ScheduleOptions,
  type StepLocation,
} from './sampling/batch-schedule.js';
export { evaluationPieceCount, evaluationPieceRange } from './sampling/evaluation-pieces.js';
export { permutation, sampleOrder } from './sampling/permutation.js';
export type { ImageFormat, ImageSource, PixelImage, ReadOptions, SourceSpec } from './sources/image-source.js';
export { openImageSource } from './sources/open-image-source.js';
export { cachedChannelMeans, type CachedMeansOptions } from './statistics/cached-means.js';
export { channelMeans } from './statistics/channel-means.js';
export { type Batch, BatchStream, type BatchStreamOptions } from './stream/batch-stream.js';
export type { UnreadableImage } from './stream/read-sample.js';
export { type EvaluationPiece, EvaluationStream, type EvaluationStreamOptions } from './stream/evaluation-stream.js';
