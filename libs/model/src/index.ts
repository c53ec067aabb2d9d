export {
  type Engine,
  type EngineName,
  ENGINES,
  type MomentumSettings,
  type MomentumState,
  type MomentumUpdate,
} from './engine/engine.js';
export { NativeMomentum } from './engine/native-momentum.js';
export {
  checkEngineDevice,
  ENGINE_CHOICES,
  type EngineChoice,
  isSmallEnoughForWasm,
  openEngine,
  type OpenEngine,
} from './engine/open-engine.js';
export type { Variables } from './engine/variables.js';
export type { ActivationName } from './layers/activation.js';
export type { LayerDescription } from './layers/description.js';
export type {
  Activation,
  BackwardContext,
  ForwardContext,
  Layer,
  Reduction,
  RowPlacement,
  RowShape,
} from './layers/layer.js';
export { type FactorLayer, type GradientSink, Network, type TrainingRows } from './network.js';
export { alexNetKeras } from './networks/alexnet-keras.js';
export { alexNetOneColumn } from './networks/alexnet-one-column.js';
export type { AlexNetOptions } from './networks/alexnet-options.js';
export { alexNetPaper } from './networks/alexnet-paper.js';
export { buildNetwork } from './networks/build-network.js';
export { smallNetwork, type SmallNetworkOptions } from './networks/small.js';
export { loadNetwork, type LoadedNetwork } from './own/load-network.js';
export { locateModule } from './own/find-module.js';
export type { NetworkModule, NetworkRequest, Toolkit } from './own/network-module.js';
export { toolkit } from './own/toolkit.js';
export { NativeBackend } from './operations/native-backend.js';
export { NativeOperations } from './operations/native-operations.js';
export { OwnKernels } from './operations/own-kernels.js';
export { WasmOperations } from './operations/wasm/wasm-operations.js';
export type { ConvolutionGeometry, LrnOptions, Operations, Padding, PoolGeometry } from './operations/operations.js';
export { elementsOf, initialValue, type Initialiser, type ParameterSpec } from './parameters.js';
