export { diagnose, type Diagnosis, type Problem, type SeenDevice } from './diagnose.js';
export { type SetupErrorCode } from './errors.js';
export { loadTensorFlow } from './load-tensorflow.js';
export { type SetupPhase, type SetupProgress } from './progress.js';
export { provisionRuntime, type ProvisionOptions } from './provision.js';
export { type ProvisionedRuntime } from './provisioned-runtime.js';
export { type TensorFlow } from './require-tensorflow.js';
export { type Device, type TensorFlowOptions } from './tensorflow-environment.js';
export { type Flavour } from './wheels.js';
