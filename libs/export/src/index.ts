export { INPUT_NAME, LOGITS_NAME, type ModelMetadata, OUTPUT_NAME } from './model-interface.js';
export { onnxFile } from './onnx/onnx-file.js';
export { MODEL_JSON, type ModelFile, tensorFlowJsFiles } from './tensorflow-js/model-files.js';
export type { Origin, Preprocessing, TrainedClassifier } from './trained-classifier.js';
