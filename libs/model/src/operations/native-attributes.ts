import type { NativeBackend, OperationAttribute } from './native-backend.js';
import type { ConvolutionGeometry, LrnOptions, PoolGeometry } from './operations.js';

type Attributes = readonly OperationAttribute[];

/** What TensorFlow's operations are called with beside their tensors. Made once for each geometry: steps are all alike. */
export class NativeAttributes {
  readonly #backend: NativeBackend;
  readonly #known = new Map<string, Attributes>();

  constructor(backend: NativeBackend) {
    this.#backend = backend;
  }

  /** Of operations that take tensors of one type and nothing else. */
  floats(): Attributes {
    return this.#cached('T', () => [this.#backend.type('T')]);
  }

  convolution({ strides, padding }: ConvolutionGeometry): Attributes {
    return this.#cached(`convolution ${strides.join()} ${padding}`, () => [
      this.#backend.type('T'),
      this.#backend.integer('strides', [1, ...strides, 1]),
      this.#backend.flag('use_cudnn_on_gpu', true),
      this.#backend.text('padding', typeof padding === 'number' ? 'EXPLICIT' : padding),
      this.#backend.integer(
        'explicit_paddings',
        typeof padding === 'number' ? [0, 0, padding, padding, padding, padding, 0, 0] : [],
      ),
      this.#backend.text('data_format', 'NHWC'),
      this.#backend.integer('dilations', [1, 1, 1, 1]),
    ]);
  }

  bias(): Attributes {
    return this.#cached('bias', () => [this.#backend.type('T'), this.#backend.text('data_format', 'NHWC')]);
  }

  pool({ window, strides, padding }: PoolGeometry): Attributes {
    return this.#cached(`pool ${window.join()} ${strides.join()} ${padding}`, () => [
      this.#backend.type('T'),
      this.#backend.integer('ksize', [1, ...window, 1]),
      this.#backend.integer('strides', [1, ...strides, 1]),
      this.#backend.text('padding', padding),
      this.#backend.text('data_format', 'NHWC'),
    ]);
  }

  lrn({ depthRadius, bias, alpha, beta }: LrnOptions): Attributes {
    return this.#cached(`lrn ${depthRadius} ${bias} ${alpha} ${beta}`, () => [
      this.#backend.type('T'),
      this.#backend.integer('depth_radius', depthRadius),
      this.#backend.float('bias', bias),
      this.#backend.float('alpha', alpha),
      this.#backend.float('beta', beta),
    ]);
  }

  batchMatMul(transposeA: boolean, transposeB: boolean): Attributes {
    return this.#cached(`matmul ${transposeA} ${transposeB}`, () => [
      this.#backend.type('T'),
      this.#backend.flag('adj_x', transposeA),
      this.#backend.flag('adj_y', transposeB),
    ]);
  }

  sum(): Attributes {
    return this.#cached('sum', () => [
      this.#backend.flag('keep_dims', false),
      this.#backend.type('T'),
      this.#backend.type('Tidx', this.#backend.binding.TF_INT32),
    ]);
  }

  slice(): Attributes {
    return this.#cached('slice', () => [
      this.#backend.type('T'),
      this.#backend.type('Index', this.#backend.binding.TF_INT32),
    ]);
  }

  split(parts: number): Attributes {
    return this.#cached(`split ${parts}`, () => [this.#backend.integer('num_split', parts), this.#backend.type('T')]);
  }

  concat(parts: number): Attributes {
    return this.#cached(`concat ${parts}`, () => [
      this.#backend.integer('N', parts),
      this.#backend.type('T'),
      this.#backend.type('Tidx', this.#backend.binding.TF_INT32),
    ]);
  }

  fill(): Attributes {
    return this.#cached('fill', () => [
      this.#backend.type('T'),
      this.#backend.type('index_type', this.#backend.binding.TF_INT32),
    ]);
  }

  /** Of draws whose seed is an operand. */
  stateless(): Attributes {
    return this.#cached('stateless', () => [
      this.#backend.type('dtype'),
      this.#backend.type('T', this.#backend.binding.TF_INT32),
      this.#backend.type('Tseed', this.#backend.binding.TF_INT32),
    ]);
  }

  #cached(key: string, make: () => OperationAttribute[]): Attributes {
    let attributes = this.#known.get(key);
    if (attributes === undefined) this.#known.set(key, (attributes = make()));
    return attributes;
  }
}
