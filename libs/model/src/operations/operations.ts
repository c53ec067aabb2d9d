import type { Tensor } from '@tensorflow/tfjs-node-gpu';

/** TensorFlow's two, or so many rows and columns of zeros on each side. */
export type Padding = 'SAME' | 'VALID' | number;
export type SeedPair = readonly [number, number];

export interface ConvolutionGeometry {
  readonly strides: readonly [number, number];
  readonly padding: Padding;
}

export interface PoolGeometry {
  readonly window: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: 'SAME' | 'VALID';
}

/** Local response normalisation, x ⁄ (bias + alpha·Σ x²)^beta over 2·depthRadius + 1 channels. */
export interface LrnOptions {
  readonly depthRadius: number;
  readonly bias: number;
  readonly alpha: number;
  readonly beta: number;
}

/**
 * What a network is computed with: one method for each TensorFlow kernel that a layer needs, forward and gradient.
 * Images are NHWC, convolution kernels HWIO, everything float32. **The caller disposes every tensor it gets** and no
 * method disposes its arguments.
 *
 * A row of a result depends on the same row of the input alone, bit for bit, however many rows are computed together,
 * for every method but the gradients of parameters, which are sums over rows. For `tanh`, and on a GPU for `lrn`, this asks
 * for a last dimension that is a multiple of 16, as all of AlexNet's are: TensorFlow takes powers and exponentials sixteen at
 * a time, and the rest by another routine.
 */
export interface Operations {
  conv2d(x: Tensor, kernel: Tensor, geometry: ConvolutionGeometry): Tensor;
  /** In as many groups as the kernel [h, w, in ⁄ groups, out] is less deep than `x`; bias [out]. */
  conv2dWithBias(x: Tensor, kernel: Tensor, bias: Tensor, geometry: ConvolutionGeometry): Tensor;
  conv2dInputGradient(inputShape: readonly number[], kernel: Tensor, dy: Tensor, geometry: ConvolutionGeometry): Tensor;
  conv2dKernelGradient(x: Tensor, kernelShape: readonly number[], dy: Tensor, geometry: ConvolutionGeometry): Tensor;
  biasAdd(x: Tensor, bias: Tensor): Tensor;
  /** The sum over all dimensions but the last. */
  biasGradient(dy: Tensor): Tensor;
  relu(x: Tensor): Tensor;
  /** `y` is the output of `relu`. */
  reluGradient(dy: Tensor, y: Tensor): Tensor;
  tanh(x: Tensor): Tensor;
  /** `y` is the output of `tanh`. */
  tanhGradient(dy: Tensor, y: Tensor): Tensor;
  maxPool(x: Tensor, geometry: PoolGeometry): Tensor;
  /** `maxPool`, and what its gradient is faster with. The caller disposes both. */
  maxPoolForTraining(x: Tensor, geometry: PoolGeometry): { readonly output: Tensor; readonly saved: readonly Tensor[] };
  /** @param saved of `maxPoolForTraining`; without it the gradient takes longer */
  maxPoolGradient(x: Tensor, y: Tensor, dy: Tensor, geometry: PoolGeometry, saved: readonly Tensor[]): Tensor;
  lrn(x: Tensor, options: LrnOptions): Tensor;
  lrnGradient(x: Tensor, y: Tensor, dy: Tensor, options: LrnOptions): Tensor;
  /** The sum over all dimensions but the last, of x and of y·x where `y` is given. */
  sumOverRows(x: Tensor, y?: Tensor): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor;
  /** A dense layer's gradient, xᵀ·d of x [rows, inputs] and d [rows, outputs]. */
  factorProduct(x: Tensor, d: Tensor): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  multiply(a: Tensor, b: Tensor): Tensor;
  /** x · factor, factor rounded to float32. */
  scale(x: Tensor, factor: number): Tensor;
  reshape(x: Tensor, shape: readonly number[]): Tensor;
  /** Rows start … start + count − 1 of dimension 0. */
  rows(x: Tensor, start: number, count: number): Tensor;
  /** Equal parts of the last dimension. */
  splitChannels(x: Tensor, parts: number): Tensor[];
  concatChannels(parts: readonly Tensor[]): Tensor;
  /** A mask of shape `shape`: 0 with probability `rate`, else 1 ⁄ (1 − rate); a pure function of its arguments. */
  dropoutMask(shape: readonly number[], rate: number, seed: SeedPair): Tensor;
  /** Draws of N(0, deviation²), a pure function of the arguments. */
  normal(shape: readonly number[], deviation: number, seed: SeedPair): Tensor;
  /** Draws evenly from [−limit, limit), a pure function of the arguments. */
  uniform(shape: readonly number[], limit: number, seed: SeedPair): Tensor;
  fill(shape: readonly number[], value: number): Tensor;
  /**
   * A tensor over the memory of `values` itself where TensorFlow can use it, which depends on its alignment: `values` must
   * not change until the tensor is disposed. They may lie in shared memory.
   */
  fromFloat32(values: Float32Array, shape: readonly number[]): Tensor;
  /** A copy of the tensor's values. */
  read(x: Tensor): Float32Array;
  /** ½Σx² over all values of `tensors`, and ½Σa²·½Σb² of each pair: one number, waited for once. 0 for none. */
  halfSquareSum(tensors: readonly Tensor[], pairs: readonly (readonly [a: Tensor, b: Tensor])[]): number;
  /** Of each tensor, the sum of its values' bits as 32-bit integers, modulo 2³². Disposes the tensors, taken one at a time. */
  bitSums(tensors: Iterable<Tensor>): number[];
}
