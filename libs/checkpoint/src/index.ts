export {
  type CheckpointEntry,
  checkpointName,
  checkpointsDirectory,
  listCheckpoints,
  removeLeftovers,
  setAside,
} from './layout.js';
export { type CheckpointManifest, type FileDigest, readManifest } from './manifest.js';
export type { ParameterShape } from './parameters.js';
export {
  type BrokenCheckpoint,
  type CheckpointState,
  type NewestCheckpoint,
  newestCheckpoint,
  readCheckpoint,
  readWeights,
  verifyCheckpoint,
} from './read.js';
export { bestSteps, retainCheckpoints, type Retention } from './retention.js';
export { decodeSafetensors } from './safetensors/decode.js';
export { encodeSafetensors, type SafetensorsParts, safetensorsParts } from './safetensors/encode.js';
export type { SafeTensor, SafetensorsDtype } from './safetensors/tensor.js';
export { type CheckpointContent, writeCheckpoint } from './write.js';
