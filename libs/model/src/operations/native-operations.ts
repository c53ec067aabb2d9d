import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { TensorFlow } from '@tandem/runtime';
import { NativeBackend, type OperationAttribute } from './native-backend.js';
import { inGroups } from './groups.js';
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
  readonly #attributes = new Map<string, readonly OperationAttribute[]>();

  constructor(tf: TensorFlow) {
    this.backend = new NativeBackend(tf);
    this.#pooling = OneDnnPooling.on(this.backend, this.#pool({ window: [3, 3], strides: [2, 2], padding: 'VALID' }));
    this.#convolutionWithBias = OneDnnConvolution.on(
      this.backend,
      this.#convolution({ strides: [1, 1], padding: 'VALID' }),
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
    return this.#atLeastTwoRows(x, (rows) => this.backend.run('Conv2D', this.#convolution(geometry), [rows, kernel]));
  }

  conv2dWithBias(x: Tensor, kernel: Tensor, bias: Tensor, geometry: ConvolutionGeometry): Tensor {
    const fused = this.#convolutionWithBias;
    if (fused !== undefined)
      return this.#atLeastTwoRows(x, (rows) => fused.withBias(rows, kernel, bias, this.#convolution(geometry)));
    const groups = x.shape.at(-1)! / kernel.shape[2]!;
    const convolved = inGroups(this, groups, [x, kernel], ([part, filters]) => this.conv2d(part!, filters!, geometry));
    const biased = this.biasAdd(convolved, bias);
    convolved.dispose();
    return biased;
  }

  conv2dInputGradient(
    inputShape: readonly number[],
    kernel: Tensor,
    dy: Tensor,
    geometry: ConvolutionGeometry,
  ): Tensor {
    return this.#atLeastTwoRows(dy, (rows) =>
      this.#withVector([rows.shape[0]!, ...inputShape.slice(1)], (shape) =>
        this.backend.run('Conv2DBackpropInput', this.#convolution(geometry), [shape, kernel, rows]),
      ),
    );
  }

  conv2dKernelGradient(x: Tensor, kernelShape: readonly number[], dy: Tensor, geometry: ConvolutionGeometry): Tensor {
    return this.#withVector(kernelShape, (shape) =>
      this.backend.run('Conv2DBackpropFilter', this.#convolution(geometry), [x, shape, dy]),
    );
  }

  biasAdd(x: Tensor, bias: Tensor): Tensor {
    return this.backend.run('BiasAdd', this.#biasAttributes(), [x, bias]);
  }

  biasGradient(dy: Tensor): Tensor {
    return this.backend.run('BiasAddGrad', this.#biasAttributes(), [dy]);
  }

  relu(x: Tensor): Tensor {
    return this.backend.run('Relu', this.#floats(), [x]);
  }

  reluGradient(dy: Tensor, y: Tensor): Tensor {
    return this.backend.run('ReluGrad', this.#floats(), [dy, y]);
  }

  tanh(x: Tensor): Tensor {
    return this.backend.run('Tanh', this.#floats(), [x]);
  }

  tanhGradient(dy: Tensor, y: Tensor): Tensor {
    return this.backend.run('TanhGrad', this.#floats(), [y, dy]);
  }

  maxPool(x: Tensor, geometry: PoolGeometry): Tensor {
    return this.backend.run('MaxPool', this.#pool(geometry), [x]);
  }

  maxPoolForTraining(x: Tensor, geometry: PoolGeometry): { output: Tensor; saved: readonly Tensor[] } {
    const pooling = this.#pooling;
    if (pooling === undefined) return { output: this.maxPool(x, geometry), saved: [] };
    const { output, workspace } = pooling.forward(x, this.#pool(geometry));
    return { output, saved: [workspace] };
  }

  maxPoolGradient(x: Tensor, y: Tensor, dy: Tensor, geometry: PoolGeometry, [workspace]: readonly Tensor[]): Tensor {
    if (workspace !== undefined) return this.#pooling!.gradient(x, y, dy, workspace, this.#pool(geometry));
    return this.backend.run('MaxPoolGrad', this.#pool(geometry), [x, y, dy]);
  }

  lrn(x: Tensor, options: LrnOptions): Tensor {
    return this.#own?.lrn(x, options) ?? this.backend.run('LRN', this.#lrnAttributes(options), [x]);
  }

  lrnGradient(x: Tensor, y: Tensor, dy: Tensor, options: LrnOptions): Tensor {
    return (
      this.#own?.lrnGradient(x, dy, options) ?? this.backend.run('LRNGrad', this.#lrnAttributes(options), [dy, x, y])
    );
  }

  sumOverRows(x: Tensor, y?: Tensor): Tensor {
    const attributes = this.#cached('sum', () => [
      this.backend.flag('keep_dims', false),
      this.backend.type('T'),
      this.backend.type('Tidx', this.backend.binding.TF_INT32),
    ]);
    const product = y === undefined ? undefined : this.multiply(x, y);
    const axes = Array.from({ length: x.rank - 1 }, (_, axis) => axis);
    const sum = this.#withVector(axes, (along) => this.backend.run('Sum', attributes, [product ?? x, along]));
    product?.dispose();
    return sum;
  }

  factorProduct(x: Tensor, d: Tensor): Tensor {
    return this.#own?.factorProduct(x, d) ?? this.matMul(x, d, true, false);
  }

  matMul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
    const attributes = this.#cached(`matmul ${transposeA} ${transposeB}`, () => [
      this.backend.type('T'),
      this.backend.flag('adj_x', transposeA),
      this.backend.flag('adj_y', transposeB),
    ]);
    // Not MatMul: with `b` transposed, its rows have other bits where there are fewer than 16 of them.
    const product = (rows: Tensor) => this.backend.run('BatchMatMulV2', attributes, [rows, b]);
    return transposeA ? product(a) : this.#atLeastTwoRows(a, product);
  }

  add(a: Tensor, b: Tensor): Tensor {
    return this.backend.run('AddV2', this.#floats(), [a, b]);
  }

  multiply(a: Tensor, b: Tensor): Tensor {
    return this.backend.run('Mul', this.#floats(), [a, b]);
  }

  scale(x: Tensor, factor: number): Tensor {
    return this.#withScalar(factor, (scalar) => this.multiply(x, scalar));
  }

  reshape(x: Tensor, shape: readonly number[]): Tensor {
    return x.reshape(shape as number[]);
  }

  rows(x: Tensor, start: number, count: number): Tensor {
    const rest = x.shape.slice(1);
    return this.#withVector([start, ...rest.map(() => 0)], (begin) =>
      this.#withVector([count, ...rest], (size) =>
        this.backend.run('Slice', this.#sliceAttributes(), [x, begin, size]),
      ),
    );
  }

  splitChannels(x: Tensor, parts: number): Tensor[] {
    const attributes = this.#cached(`split ${parts}`, () => [
      this.backend.integer('num_split', parts),
      this.backend.type('T'),
    ]);
    const axis = this.backend.wrap(Int32Array.of(x.rank - 1), []);
    try {
      return this.backend.runForSeveral('Split', attributes, [axis, x], parts);
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
    const kept = this.#withScalar(rate, (threshold) =>
      this.backend.run('GreaterEqual', this.#floats(), [uniform, threshold]),
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
    const centred = this.#withScalar(-limit, (offset) => this.add(wide, offset));
    wide.dispose();
    return centred;
  }

  fill(shape: readonly number[], value: number): Tensor {
    const attributes = this.#cached('fill', () => [
      this.backend.type('T'),
      this.backend.type('index_type', this.backend.binding.TF_INT32),
    ]);
    return this.#withVector(shape, (dimensions) =>
      this.#withScalar(value, (scalar) => this.backend.run('Fill', attributes, [dimensions, scalar])),
    );
  }

  fromFloat32(values: Float32Array, shape: readonly number[]): Tensor {
    return this.backend.wrap(values, shape);
  }

  read(x: Tensor): Float32Array {
    return x.dataSync<'float32'>();
  }

  halfSquareSum(tensors: readonly Tensor[], pairs: readonly (readonly [Tensor, Tensor])[]): number {
    const halfSquares = (x: Tensor) => this.backend.run('L2Loss', this.#floats(), [x]);
    const parts = tensors.map(halfSquares);
    for (const [a, b] of pairs) {
      const [ofA, ofB] = [halfSquares(a), halfSquares(b)];
      parts.push(this.multiply(ofA, ofB));
      ofA.dispose();
      ofB.dispose();
    }
    if (parts.length === 0) return 0;
    // One number is waited for, not one of each.
    const total = this.backend.run('AddN', [this.backend.integer('N', parts.length), ...this.#floats()], parts);
    const [value] = this.read(total);
    for (const tensor of [...parts, total]) tensor.dispose();
    return value!;
  }

  bitSums(tensors: Iterable<Tensor>): number[] {
    const { backend } = this;
    const int32 = backend.binding.TF_INT32;
    const sum = [backend.flag('keep_dims', false), backend.type('T', int32), backend.type('Tidx', int32)];
    const sums = Array.from(tensors, (tensor) => {
      const bits = backend.run('Bitcast', [backend.type('T'), backend.type('type', int32)], [tensor]);
      const axes = backend.wrap(Int32Array.from(tensor.shape.keys()), [tensor.rank]);
      const total = backend.run('Sum', sum, [bits, axes]);
      for (const done of [bits, axes, tensor]) done.dispose();
      return total;
    });
    if (sums.length === 0) return [];
    // One read that waits for TensorFlow, not one of each.
    const all = backend.run(
      'Pack',
      [backend.integer('N', sums.length), backend.type('T', int32), backend.integer('axis', 0)],
      sums,
    );
    const values = Array.from(all.dataSync<'int32'>(), (value) => value >>> 0);
    for (const done of [...sums, all]) done.dispose();
    return values;
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
    const attributes = this.#cached(`concat ${parts.length}`, () => [
      this.backend.integer('N', parts.length),
      this.backend.type('T'),
      this.backend.type('Tidx', this.backend.binding.TF_INT32),
    ]);
    const axisTensor = this.backend.wrap(Int32Array.of(axis), []);
    try {
      return this.backend.run('ConcatV2', attributes, [...parts, axisTensor]);
    } finally {
      axisTensor.dispose();
    }
  }

  #stateless(operation: string, shape: readonly number[], seed: SeedPair): Tensor {
    const { TF_INT32 } = this.backend.binding;
    const attributes = this.#cached('stateless', () => [
      this.backend.type('dtype'),
      this.backend.type('T', TF_INT32),
      this.backend.type('Tseed', TF_INT32),
    ]);
    return this.#withVector(shape, (dimensions) =>
      this.#withVector(seed, (key) => this.backend.run(operation, attributes, [dimensions, key])),
    );
  }

  #withVector<T>(values: readonly number[], use: (vector: Tensor) => T): T {
    const vector = this.backend.wrap(Int32Array.from(values), [values.length]);
    try {
      return use(vector);
    } finally {
      vector.dispose();
    }
  }

  #withScalar<T>(value: number, use: (scalar: Tensor) => T): T {
    const scalar = this.backend.wrap(Float32Array.of(value), []);
    try {
      return use(scalar);
    } finally {
      scalar.dispose();
    }
  }

  #cached(key: string, make: () => OperationAttribute[]): readonly OperationAttribute[] {
    let attributes = this.#attributes.get(key);
    if (attributes === undefined) this.#attributes.set(key, (attributes = make()));
    return attributes;
  }

  #floats(): readonly OperationAttribute[] {
    return this.#cached('T', () => [this.backend.type('T')]);
  }

  #biasAttributes(): readonly OperationAttribute[] {
    return this.#cached('bias', () => [this.backend.type('T'), this.backend.text('data_format', 'NHWC')]);
  }

  #sliceAttributes(): readonly OperationAttribute[] {
    return this.#cached('slice', () => [
      this.backend.type('T'),
      this.backend.type('Index', this.backend.binding.TF_INT32),
    ]);
  }

  #convolution({ strides, padding }: ConvolutionGeometry): readonly OperationAttribute[] {
    return this.#cached(`convolution ${strides.join()} ${padding}`, () => [
      this.backend.type('T'),
      this.backend.integer('strides', [1, ...strides, 1]),
      this.backend.flag('use_cudnn_on_gpu', true),
      this.backend.text('padding', typeof padding === 'number' ? 'EXPLICIT' : padding),
      this.backend.integer(
        'explicit_paddings',
        typeof padding === 'number' ? [0, 0, padding, padding, padding, padding, 0, 0] : [],
      ),
      this.backend.text('data_format', 'NHWC'),
      this.backend.integer('dilations', [1, 1, 1, 1]),
    ]);
  }

  #pool({ window, strides, padding }: PoolGeometry): readonly OperationAttribute[] {
    return this.#cached(`pool ${window.join()} ${strides.join()} ${padding}`, () => [
      this.backend.type('T'),
      this.backend.integer('ksize', [1, ...window, 1]),
      this.backend.integer('strides', [1, ...strides, 1]),
      this.backend.text('padding', padding),
      this.backend.text('data_format', 'NHWC'),
    ]);
  }

  #lrnAttributes({ depthRadius, bias, alpha, beta }: LrnOptions): readonly OperationAttribute[] {
    return this.#cached(`lrn ${depthRadius} ${bias} ${alpha} ${beta}`, () => [
      this.backend.type('T'),
      this.backend.integer('depth_radius', depthRadius),
      this.backend.float('bias', bias),
      this.backend.float('alpha', alpha),
      this.backend.float('beta', beta),
    ]);
  }
}
