import type { WasmTensorFlow } from '@tandem/runtime';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { writePatches } from './patches.js';

type Core = WasmTensorFlow['core'];
type Backend = WasmTensorFlow['backend'];
type KernelArguments = Parameters<KernelConfig['kernelFunc']>[0];

interface Attributes {
  readonly strides: [number, number] | number;
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape: [number, number, number, number];
}

/**
 * Gives tfjs-backend-wasm the one kernel that it lacks for training, Conv2DBackpropFilter: what the kernel saw at each place, as a
 * matrix, times the gradients of those places. tfjs's own gradients of a convolution find it too. Once is enough.
 */
export function registerConvolutionKernelGradient(core: Core): void {
  if ((core.getKernel(core.Conv2DBackpropFilter, 'wasm') as unknown) != null) return;
  core.registerKernel({
    kernelName: core.Conv2DBackpropFilter,
    backendName: 'wasm',
    kernelFunc: (given) => kernelGradient(core, given),
  });
}

function kernelGradient(core: Core, { inputs, attrs, backend: owner }: KernelArguments): TensorInfo {
  const backend = owner as Backend;
  const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
  const { strides, pad, dimRoundingMode, filterShape } = attrs as unknown as Attributes;
  const shape = x.shape as [number, number, number, number];
  const info = core.backend_util.computeConv2DInfo(shape, filterShape, strides, 1, pad, dimRoundingMode);
  const { outHeight, outWidth, padInfo, filterHeight, filterWidth, inChannels, outChannels, batchSize } = info;
  const places = batchSize * outHeight * outWidth;
  const patches = backend.makeOutput([filterHeight * filterWidth * inChannels, places], 'float32');
  writePatches(valuesOf(backend, x), valuesOf(backend, patches), {
    input: shape,
    window: [filterHeight, filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    sides: padInfo,
    output: [outHeight, outWidth],
  });
  const multiply = core.getKernel(core.BatchMatMul, 'wasm').kernelFunc;
  const b: TensorInfo = { dataId: dy.dataId, shape: [places, outChannels], dtype: dy.dtype };
  const attributes = { transposeA: false, transposeB: false };
  const product = multiply({ inputs: { a: patches, b }, attrs: attributes, backend }) as TensorInfo;
  backend.disposeData(patches.dataId);
  return { dataId: product.dataId, shape: filterShape, dtype: 'float32' };
}

function valuesOf(backend: Backend, tensor: TensorInfo): Float32Array {
  const size = tensor.shape.reduce((product, along) => product * along, 1);
  return new Float32Array(backend.wasm.HEAPU8.buffer, backend.getMemoryOffset(tensor.dataId), size);
}
