import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { TensorFlow } from '@tandem/runtime';
import { convolveThenBias } from './convolve-then-bias.js';
import { NativeAttributes } from './native-attributes.js';
import { NativeBackend } from './native-backend.js';
import { bitSums, halfSquareSum } from './native-sums.js';
import { OneDnnConvolution } from './one-dnn-convolution.js';
import { OneDnnPooling } from './one-dnn-pooling.js';
import { OwnKernels } from './own-kernels.js';
import { NativeMomentum } from '../engine/native-momentum.js';
import { NativeVariables } from '../engine/native-variables.js';
import type { Engine } from '../engine/engine.js';
import type { ConvolutionGeometry, LrnOptions, PoolGeometry, SeedPair } from './operations.js';

/** `Operations` by TensorFlow's own kernels, through tfjs-node's addon. */
export class NativeOperations implements Engine {
  readonly engine = 'native';
  readonly backend: NativeBackend;
  readonly momentum: NativeMomentum;
  readonly #pooling: OneDnnPooling | undefined;
  readonly #convolutionWithBias: OneDnnConvolution | undefined;
  readonly #own: OwnKernels | undefined;
  readonly #attributes: NativeAttributes;

  constructor(tf: TensorFlow) {
    this.backend = new NativeBackend(tf);
    this.#attributes = new NativeAttributes(this.backend);
    this.#pooling = OneDnnPooling.on(
      this.backend,
      this.#attributes.pool({ window: [3, 3], strides: [2, 2], padding: 'VALID' }),
    );
    this.#convolutionWithBias = OneDnnConvolution.on(
      this.backend,
      this.#attributes.convolution({ strides: [1, 1], padding: 'VALID' }),
    );
    this.#own = OwnKernels.on(this.backend);
    this.momentum = new NativeMomentum(this.backend, this.#own);
  }

  /** Of the native TensorFlow. */
  get version(): string {
    return this.backend.version;
  }

  createVariables(): NativeVariables {
    return new NativeVariables(this.backend);
  }

  conv2d(x: Tensor, kernel: Tensor, geometry: ConvolutionGeometry): Tensor {
    return this.#atLeastTwoRows(x, (rows) =>
      this.backend.run('Conv2D', this.#attributes.convolution(geometry), [rows, kernel]),
    );
  }

  conv2dWithBias(x: Tensor, kernel: Tensor, bias: Tensor, geometry: ConvolutionGeometry): Tensor {
    const fused = this.#convolutionWithBias;
    if (fused !== undefined)
      return this.#atLeastTwoRows(x, (rows) =>
        fused.withBias(rows, kernel, bias, this.#attributes.convolution(geometry)),
      );
    return convolveThenBias(this, [x, kernel, bias], geometry);
  }

  conv2dInputGradient(
    inputShape: readonly number[],
    kernel: Tensor,
    dy: Tensor,
    geometry: ConvolutionGeometry,
  ): Tensor {
    return this.#atLeastTwoRows(dy, (rows) =>
      this.backend.withVector([rows.shape[0]!, ...inputShape.slice(1)], (shape) =>
        this.backend.run('Conv2DBackpropInput', this.#attributes.convolution(geometry), [shape, kernel, rows]),
      ),
    );
  }

  conv2dKernelGradient(x: Tensor, kernelShape: readonly number[], dy: Tensor, geometry: ConvolutionGeometry): Tensor {
    return this.backend.withVector(kernelShape, (shape) =>
      this.backend.run('Conv2DBackpropFilter', this.#attributes.convolution(geometry), [x, shape, dy]),
    );
  }

  biasAdd(x: Tensor, bias: Tensor): Tensor {
    return this.backend.run('BiasAdd', this.#attributes.bias(), [x, bias]);
  }

  biasGradient(dy: Tensor): Tensor {
    return this.backend.run('BiasAddGrad', this.#attributes.bias(), [dy]);
  }

  relu(x: Tensor): Tensor {
    return this.backend.run('Relu', this.#attributes.floats(), [x]);
  }

  reluGradient(dy: Tensor, y: Tensor): Tensor {
    return this.backend.run('ReluGrad', this.#attributes.floats(), [dy, y]);
  }

  tanh(x: Tensor): Tensor {
    return this.backend.run('Tanh', this.#attributes.floats(), [x]);
  }

  tanhGradient(dy: Tensor, y: Tensor): Tensor {
    return this.backend.run('TanhGrad', this.#attributes.floats(), [y, dy]);
  }

  maxPool(x: Tensor, geometry: PoolGeometry): Tensor {
    return this.backend.run('MaxPool', this.#attributes.pool(geometry), [x]);
  }

  maxPoolForTraining(x: Tensor, geometry: PoolGeometry): { output: Tensor; saved: readonly Tensor[] } {
    const pooling = this.#pooling;
    if (pooling === undefined) return { output: this.maxPool(x, geometry), saved: [] };
    const { output, workspace } = pooling.forward(x, this.#attributes.pool(geometry));
    return { output, saved: [workspace] };
  }

  maxPoolGradient(x: Tensor, y: Tensor, dy: Tensor, geometry: PoolGeometry, [workspace]: readonly Tensor[]): Tensor {
    if (workspace !== undefined) return this.#pooling!.gradient(x, y, dy, workspace, this.#attributes.pool(geometry));
    return this.backend.run('MaxPoolGrad', this.#attributes.pool(geometry), [x, y, dy]);
  }

  lrn(x: Tensor, options: LrnOptions): Tensor {
    return this.#own?.lrn(x, options) ?? this.backend.run('LRN', this.#attributes.lrn(options), [x]);
  }

  lrnGradient(x: Tensor, y: Tensor, dy: Tensor, options: LrnOptions): Tensor {
    return (
      this.#own?.lrnGradient(x, dy, options) ?? this.backend.run('LRNGrad', this.#attributes.lrn(options), [dy, x, y])
    );
  }

  sumOverRows(x: Tensor, y?: Tensor): Tensor {
    const product = y === undefined ? undefined : this.multiply(x, y);
    const axes = Array.from({ length: x.rank - 1 }, (_, axis) => axis);
    const sum = this.backend.withVector(axes, (along) =>
      this.backend.run('Sum', this.#attributes.sum(), [product ?? x, along]),
    );
    product?.dispose();
    return sum;
  }

  factorProduct(x: Tensor, d: Tensor): Tensor {
    return this.#own?.factorProduct(x, d) ?? this.matMul(x, d, true, false);
  }

  matMul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
    const attributes = this.#attributes.batchMatMul(transposeA, transposeB);
    // Not MatMul: with `b` transposed, its rows have other bits where there are fewer than 16 of them.
    const product = (rows: Tensor) => this.backend.run('BatchMatMulV2', attributes, [rows, b]);
    return transposeA ? product(a) : this.#atLeastTwoRows(a, product);
  }

  add(a: Tensor, b: Tensor): Tensor {
    return this.backend.run('AddV2', this.#attributes.floats(), [a, b]);
  }

  multiply(a: Tensor, b: Tensor): Tensor {
    return this.backend.run('Mul', this.#attributes.floats(), [a, b]);
  }

  scale(x: Tensor, factor: number): Tensor {
    return this.backend.withScalar(factor, (scalar) => this.multiply(x, scalar));
  }

  reshape(x: Tensor, shape: readonly number[]): Tensor {
    return x.reshape(shape as number[]);
  }

  rows(x: Tensor, start: number, count: number): Tensor {
    const rest = x.shape.slice(1);
    return this.backend.withVector([start, ...rest.map(() => 0)], (begin) =>
      this.backend.withVector([count, ...rest], (size) =>
        this.backend.run('Slice', this.#attributes.slice(), [x, begin, size]),
      ),
    );
  }

  splitChannels(x: Tensor, parts: number): Tensor[] {
    const axis = this.backend.wrap(Int32Array.of(x.rank - 1), []);
    try {
      return this.backend.runForSeveral('Split', this.#attributes.split(parts), [axis, x], parts);
    } finally {
      axis.dispose();
    }
  }

  concatChannels(parts: readonly Tensor[]): Tensor {
    return this.#concat(parts, parts[0]!.rank - 1);
  }

  dropoutMask(shape: readonly number[], rate: number, seed: SeedPair): Tensor {
    const { binding } = this.backend;
    const uniform = this.#stateless('StatelessRandomUniform', shape, seed);
    const kept = this.backend.withScalar(rate, (threshold) =>
      this.backend.run('GreaterEqual', this.#attributes.floats(), [uniform, threshold]),
    );
    uniform.dispose();
    // TF_BOOL is 10 in TensorFlow's DataType; the addon exports it only as TF_BOOL.
    const asFloats = this.backend.run(
      'Cast',
      [
        this.backend.type('SrcT', (binding as unknown as { TF_BOOL: number }).TF_BOOL),
        this.backend.type('DstT'),
        this.backend.flag('Truncate', false),
      ],
      [kept],
    );
    kept.dispose();
    const mask = this.scale(asFloats, 1 / (1 - rate));
    asFloats.dispose();
    return mask;
  }

  normal(shape: readonly number[], deviation: number, seed: SeedPair): Tensor {
    const standard = this.#stateless('StatelessRandomNormal', shape, seed);
    const scaled = this.scale(standard, deviation);
    standard.dispose();
    return scaled;
  }

  uniform(shape: readonly number[], limit: number, seed: SeedPair): Tensor {
    const unit = this.#stateless('StatelessRandomUniform', shape, seed);
    const wide = this.scale(unit, 2 * limit);
    unit.dispose();
    const centred = this.backend.withScalar(-limit, (offset) => this.add(wide, offset));
    wide.dispose();
    return centred;
  }

  fill(shape: readonly number[], value: number): Tensor {
    return this.backend.withVector(shape, (dimensions) =>
      this.backend.withScalar(value, (scalar) =>
        this.backend.run('Fill', this.#attributes.fill(), [dimensions, scalar]),
      ),
    );
  }

  fromFloat32(values: Float32Array, shape: readonly number[]): Tensor {
    return this.backend.wrap(values, shape);
  }

  read(x: Tensor): Float32Array {
    return x.dataSync<'float32'>();
  }

  halfSquareSum(tensors: readonly Tensor[], pairs: readonly (readonly [Tensor, Tensor])[]): number {
    return halfSquareSum(this.backend, tensors, pairs);
  }

  bitSums(tensors: Iterable<Tensor>): number[] {
    return bitSums(this.backend, tensors);
  }

  /**
   * TensorFlow computes a product with a single row by another routine (Eigen's matrix-vector product), whose sums differ
   * in the last bit from those of the same row among others. A row of zeros beside it keeps it on the common one.
   */
  #atLeastTwoRows(x: Tensor, compute: (rows: Tensor) => Tensor): Tensor {
    if (x.shape[0] !== 1) return compute(x);
    const zeros = this.fill(x.shape, 0);
    const two = this.#concat([x, zeros], 0);
    const both = compute(two);
    const result = this.rows(both, 0, 1);
    for (const tensor of [zeros, two, both]) tensor.dispose();
    return result;
  }

  #concat(parts: readonly Tensor[], axis: number): Tensor {
    const axisTensor = this.backend.wrap(Int32Array.of(axis), []);
    try {
      return this.backend.run('ConcatV2', this.#attributes.concat(parts.length), [...parts, axisTensor]);
    } finally {
      axisTensor.dispose();
    }
  }

  #stateless(operation: string, shape: readonly number[], seed: SeedPair): Tensor {
    return this.backend.withVector(shape, (dimensions) =>
      this.backend.withVector(seed, (key) =>
        this.backend.run(operation, this.#attributes.stateless(), [dimensions, key]),
      ),
    );
  }
}
