import { invariant } from '@tandem/core';
import type { WasmTensorFlow } from '@tandem/runtime';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Engine } from '../../engine/engine.js';
import { WasmMomentum } from '../../engine/wasm-momentum.js';
import { WasmVariables } from '../../engine/wasm-variables.js';
import { elementsOf } from '../../parameters.js';
import { convolveThenBias } from '../convolve-then-bias.js';
import { inGroups } from '../groups.js';
import type { ConvolutionGeometry, LrnOptions, PoolGeometry, SeedPair } from '../operations.js';
import { statelessNormal, statelessUniform } from '../stateless-random.js';
import { convolutionAttributes, explicitPad, poolAttributes, sidesOf } from './convolution-geometry.js';
import { registerConvolutionKernelGradient } from './convolution-kernel-gradient.js';
import * as loops from './elementwise.js';
import { addMaxPoolGradient } from './max-pool-gradient.js';
import { WasmBackend } from './wasm-backend.js';

const { fround } = Math;

/**
 * `Operations` by tfjs-backend-wasm: convolutions, products and pooling by its kernels (XNNPACK's), what is one pass over memory by
 * loops here. WebAssembly's and JavaScript's arithmetic is exactly defined, so no part of it depends on the processor or its cores.
 */
export class WasmOperations implements Engine {
  readonly engine = 'wasm';
  readonly version: string;
  readonly backend: WasmBackend;
  readonly momentum: WasmMomentum;

  constructor(wasm: WasmTensorFlow) {
    registerConvolutionKernelGradient(wasm.core);
    this.backend = new WasmBackend(wasm);
    this.version = `tfjs-backend-wasm ${wasm.version}`;
    this.momentum = new WasmMomentum(this.backend);
  }

  createVariables(): WasmVariables {
    return new WasmVariables(this.backend);
  }

  conv2d(x: Tensor, kernel: Tensor, geometry: ConvolutionGeometry): Tensor {
    // The backend's kernels take no groups, and do not look.
    return inGroups(this, x.shape.at(-1)! / kernel.shape[2]!, [x, kernel], ([part, filters]) =>
      this.backend.run('Conv2D', { x: part!, filter: filters! }, convolutionAttributes(geometry)),
    );
  }

  conv2dWithBias(x: Tensor, kernel: Tensor, bias: Tensor, geometry: ConvolutionGeometry): Tensor {
    const groups = x.shape.at(-1)! / kernel.shape[2]!;
    if (groups === 1)
      return this.backend.run(
        'FusedConv2D',
        { x, filter: kernel, bias },
        { ...convolutionAttributes(geometry), activation: 'linear', leakyreluAlpha: 0 },
      );
    return convolveThenBias(this, [x, kernel, bias], geometry);
  }

  /**
   * With a stride of one it is a convolution itself, of the gradients with the kernel turned by half a circle: ten times as fast as the
   * backend's own kernel for it, which serves the other strides.
   */
  conv2dInputGradient(
    inputShape: readonly number[],
    kernel: Tensor,
    dy: Tensor,
    geometry: ConvolutionGeometry,
  ): Tensor {
    const [height, width, channels] = inputShape.slice(-3) as [number, number, number];
    const groups = channels / kernel.shape[2]!;
    if (groups > 1)
      return inGroups(this, groups, [kernel, dy], ([filters, part]) =>
        this.conv2dInputGradient([height, width, channels / groups], filters!, part!, geometry),
      );
    const [windowY, windowX] = kernel.shape as [number, number];
    const { strides, padding } = geometry;
    const { top, bottom, left, right } = sidesOf(padding, [height, width], [windowY, windowX], strides);
    const isConvolution = strides.every((stride) => stride === 1);
    if (!isConvolution || Math.max(top, bottom) >= windowY || Math.max(left, right) >= windowX)
      return this.backend.run(
        'Conv2DBackpropInput',
        { dy, filter: kernel },
        { ...convolutionAttributes(geometry), inputShape: [dy.shape[0]!, height, width, channels] },
      );
    const turned = this.#turn(kernel);
    const pad = explicitPad({
      top: windowY - 1 - top,
      bottom: windowY - 1 - bottom,
      left: windowX - 1 - left,
      right: windowX - 1 - right,
    });
    const dx = this.backend.run('Conv2D', { x: dy, filter: turned }, { ...convolutionAttributes(geometry), pad });
    turned.dispose();
    return dx;
  }

  conv2dKernelGradient(x: Tensor, kernelShape: readonly number[], dy: Tensor, geometry: ConvolutionGeometry): Tensor {
    const groups = x.shape.at(-1)! / kernelShape[2]!;
    const filterShape = [...kernelShape.slice(0, 3), kernelShape[3]! / groups];
    return inGroups(this, groups, [x, dy], ([part, gradients]) =>
      this.backend.run(
        'Conv2DBackpropFilter',
        { x: part!, dy: gradients! },
        { ...convolutionAttributes(geometry), filterShape },
      ),
    );
  }

  biasAdd(x: Tensor, bias: Tensor): Tensor {
    return this.add(x, bias);
  }

  biasGradient(dy: Tensor): Tensor {
    return this.sumOverRows(dy);
  }

  relu(x: Tensor): Tensor {
    const y = this.backend.allocate(x.shape);
    loops.relu(this.backend.values(x), this.backend.values(y));
    return y;
  }

  reluGradient(dy: Tensor, y: Tensor): Tensor {
    const dx = this.backend.allocate(dy.shape);
    loops.reluGradient(this.backend.bits(dy), this.backend.bits(y), this.backend.bits(dx));
    return dx;
  }

  tanh(x: Tensor): Tensor {
    return this.backend.run('Tanh', { x });
  }

  tanhGradient(dy: Tensor, y: Tensor): Tensor {
    const dx = this.backend.allocate(dy.shape);
    loops.tanhGradient(this.backend.values(dy), this.backend.values(y), this.backend.values(dx));
    return dx;
  }

  maxPool(x: Tensor, geometry: PoolGeometry): Tensor {
    return this.backend.run('MaxPool', { x }, poolAttributes(geometry));
  }

  maxPoolForTraining(x: Tensor, geometry: PoolGeometry): { output: Tensor; saved: readonly Tensor[] } {
    return { output: this.maxPool(x, geometry), saved: [] };
  }

  maxPoolGradient(x: Tensor, y: Tensor, dy: Tensor, { window, strides, padding }: PoolGeometry): Tensor {
    const dx = this.fill(x.shape, 0);
    const input = x.shape as [number, number, number, number];
    const { backend } = this;
    addMaxPoolGradient(backend.values(x), backend.values(y), backend.values(dy), backend.values(dx), {
      input,
      window,
      strides,
      sides: sidesOf(padding, [input[1], input[2]], window, strides),
      output: [y.shape[1]!, y.shape[2]!],
    });
    return dx;
  }

  lrn(x: Tensor, options: LrnOptions): Tensor {
    return this.backend.run('LRN', { x }, { ...options });
  }

  lrnGradient(x: Tensor, y: Tensor, dy: Tensor, options: LrnOptions): Tensor {
    return this.backend.run('LRNGrad', { x, y, dy }, { ...options });
  }

  sumOverRows(x: Tensor, y?: Tensor): Tensor {
    const channels = x.shape.at(-1)!;
    // Rounded once.
    const sums = new Float64Array(channels);
    if (y === undefined) loops.sumRows(this.backend.values(x), sums);
    else loops.sumProducts(this.backend.values(x), this.backend.values(y), sums);
    return this.fromFloat32(Float32Array.from(sums), [channels]);
  }

  factorProduct(x: Tensor, d: Tensor): Tensor {
    return this.matMul(x, d, true, false);
  }

  /** XNNPACK multiplies by a matrix that is not transposed; the backend's own loop for the others is ten times slower. */
  matMul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
    const left = transposeA ? this.#transpose(a) : a;
    const right = transposeB ? this.#transpose(b) : b;
    const product = this.backend.run('BatchMatMul', { a: left, b: right }, { transposeA: false, transposeB: false });
    if (left !== a) left.dispose();
    if (right !== b) right.dispose();
    return product;
  }

  add(a: Tensor, b: Tensor): Tensor {
    return this.#combine(a, b, loops.add);
  }

  multiply(a: Tensor, b: Tensor): Tensor {
    return this.#combine(a, b, loops.multiply);
  }

  scale(x: Tensor, factor: number): Tensor {
    const scaled = this.backend.allocate(x.shape);
    loops.scale(this.backend.values(x), factor, this.backend.values(scaled));
    return scaled;
  }

  reshape(x: Tensor, shape: readonly number[]): Tensor {
    return this.backend.alias(x, shape);
  }

  rows(x: Tensor, start: number, count: number): Tensor {
    const rows = this.backend.allocate([count, ...x.shape.slice(1)]);
    const rowLength = rows.size / count;
    const from = this.backend.values(x).subarray(start * rowLength, (start + count) * rowLength);
    this.backend.values(rows).set(from);
    return rows;
  }

  splitChannels(x: Tensor, parts: number): Tensor[] {
    const [whole, channels] = [x.shape.at(-1)!, x.shape.at(-1)! / parts];
    return Array.from({ length: parts }, (_, part) => {
      const result = this.backend.allocate([...x.shape.slice(0, -1), channels]);
      const [from, to] = [this.backend.values(x), this.backend.values(result)];
      for (let at = 0, start = part * channels; at < to.length; at += channels, start += whole)
        to.set(from.subarray(start, start + channels), at);
      return result;
    });
  }

  concatChannels(parts: readonly Tensor[]): Tensor {
    const whole = parts.reduce((sum, part) => sum + part.shape.at(-1)!, 0);
    const result = this.backend.allocate([...parts[0]!.shape.slice(0, -1), whole]);
    const to = this.backend.values(result);
    let first = 0;
    for (const part of parts) {
      const from = this.backend.values(part);
      const channels = part.shape.at(-1)!;
      for (let at = 0, start = first; at < from.length; at += channels, start += whole)
        to.set(from.subarray(at, at + channels), start);
      first += channels;
    }
    return result;
  }

  dropoutMask(shape: readonly number[], rate: number, seed: SeedPair): Tensor {
    const [threshold, kept] = [fround(rate), fround(1 / (1 - rate))];
    const values = statelessUniform(elementsOf(shape), seed);
    for (let at = 0; at < values.length; at++) values[at] = values[at]! >= threshold ? kept : 0;
    return this.fromFloat32(values, shape);
  }

  normal(shape: readonly number[], deviation: number, seed: SeedPair): Tensor {
    const scale = fround(deviation);
    const values = statelessNormal(elementsOf(shape), seed);
    for (let at = 0; at < values.length; at++) values[at] = values[at]! * scale;
    return this.fromFloat32(values, shape);
  }

  uniform(shape: readonly number[], limit: number, seed: SeedPair): Tensor {
    const [wide, offset] = [fround(2 * limit), fround(-limit)];
    const values = statelessUniform(elementsOf(shape), seed);
    for (let at = 0; at < values.length; at++) values[at] = fround(values[at]! * wide) + offset;
    return this.fromFloat32(values, shape);
  }

  fill(shape: readonly number[], value: number): Tensor {
    const filled = this.backend.allocate(shape);
    this.backend.values(filled).fill(value);
    return filled;
  }

  fromFloat32(values: Float32Array, shape: readonly number[]): Tensor {
    const tensor = this.backend.allocate(shape);
    invariant(tensor.size === values.length, `${values.length} values do not fill [${shape.join()}]`);
    this.backend.values(tensor).set(values);
    return tensor;
  }

  read(x: Tensor): Float32Array {
    return this.backend.values(x).slice();
  }

  halfSquareSum(tensors: readonly Tensor[], pairs: readonly (readonly [Tensor, Tensor])[]): number {
    const half = (x: Tensor) => {
      let sum = 0;
      for (const value of this.backend.values(x)) sum += value * value;
      return fround(sum / 2);
    };
    return [...tensors.map(half), ...pairs.map(([a, b]) => fround(half(a) * half(b)))].reduce(
      (sum, part) => fround(sum + part),
      0,
    );
  }

  bitSums(tensors: Iterable<Tensor>): number[] {
    return Array.from(tensors, (tensor) => {
      let sum = 0;
      for (const bits of this.backend.bits(tensor)) sum = (sum + bits) | 0;
      tensor.dispose();
      return sum >>> 0;
    });
  }

  /** The kernel seen from the output: places in reverse, input and output channels exchanged. */
  #turn(kernel: Tensor): Tensor {
    const [height, width, inputs, outputs] = kernel.shape as [number, number, number, number];
    const turned = this.backend.allocate([height, width, outputs, inputs]);
    const [from, to] = [this.backend.values(kernel), this.backend.values(turned)];
    const places = height * width;
    for (let place = 0; place < places; place++)
      loops.transpose(
        from.subarray((places - 1 - place) * inputs * outputs),
        to.subarray(place * inputs * outputs),
        inputs,
        outputs,
      );
    return turned;
  }

  #transpose(x: Tensor): Tensor {
    const [rows, columns] = x.shape as [number, number];
    const transposed = this.backend.allocate([columns, rows]);
    loops.transpose(this.backend.values(x), this.backend.values(transposed), rows, columns);
    return transposed;
  }

  /** Element by element; `b` may be as long as the last dimensions of `a` only, or one number. */
  #combine(a: Tensor, b: Tensor, loop: typeof loops.add): Tensor {
    const short = a.shape.slice(a.rank - b.rank);
    invariant(
      b.size === 1 || b.shape.every((size, axis) => size === short[axis]),
      `[${b.shape.join()}] does not go with [${a.shape.join()}]`,
    );
    const result = this.backend.allocate(a.shape);
    loop(this.backend.values(a), this.backend.values(b), this.backend.values(result));
    return result;
  }
}
