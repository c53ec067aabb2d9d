import type { ActivationName } from '../layers/activation.js';
import { BatchNormalisation } from '../layers/batch-normalisation.js';
import { Convolution } from '../layers/convolution.js';
import { Dense } from '../layers/dense.js';
import { Dropout } from '../layers/dropout.js';
import { Flatten } from '../layers/flatten.js';
import type { Layer, RowShape } from '../layers/layer.js';
import { LocalResponseNormalisation } from '../layers/local-response-normalisation.js';
import { MaxPool } from '../layers/max-pool.js';
import { Network } from '../network.js';
import type { Padding } from '../operations/operations.js';
import type { Initialiser } from '../parameters.js';

export interface ConvolutionPart {
  readonly filters: number;
  readonly kernelSize: number;
  readonly stride?: number;
  readonly padding: Padding;
  readonly groups?: number;
  readonly biasInit: Initialiser;
}

export interface DensePart {
  readonly units: number;
  readonly biasInit: Initialiser;
  /** Default: the stack's. */
  readonly activation?: ActivationName;
}

/** First weights of a kernel, from how many values one output is made of and how many outputs one value goes to. */
export type KernelInit = (fanIn: number, fanOut: number) => Initialiser;

/** Puts layers one on another, each taking the shape that the last one leaves. */
export class LayerStack {
  readonly #input: RowShape;
  readonly #activation: ActivationName;
  readonly #kernelInit: KernelInit;
  readonly #layers: Layer[] = [];

  /** @param options.activation of its convolutions and dense layers */
  constructor(input: RowShape, options: { readonly activation: ActivationName; readonly kernelInit: KernelInit }) {
    this.#input = input;
    this.#activation = options.activation;
    this.#kernelInit = options.kernelInit;
  }

  get shape(): RowShape {
    return this.#layers.at(-1)?.outputShape ?? this.#input;
  }

  convolution(name: string, part: ConvolutionPart): this {
    const { filters, kernelSize, stride = 1, padding, groups = 1, biasInit } = part;
    const window = kernelSize ** 2;
    return this.#add(
      new Convolution({
        ...{ name, input: this.shape, filters, kernelSize, groups, biasInit },
        geometry: { strides: [stride, stride], padding },
        activation: this.#activation,
        kernelInit: this.#kernelInit((window * this.shape[2]!) / groups, (window * filters) / groups),
      }),
    );
  }

  dense(name: string, { units, biasInit, activation = this.#activation }: DensePart): this {
    const kernelInit = this.#kernelInit(this.shape[0]!, units);
    return this.#add(new Dense({ name, input: this.shape, units, activation, kernelInit, biasInit }));
  }

  /** Max pooling without padding. */
  pool(name: string, window: number, stride: number): this {
    const geometry = { window: [window, window], strides: [stride, stride], padding: 'VALID' } as const;
    return this.#add(new MaxPool(name, this.shape, geometry));
  }

  /** Normalisation with the paper's k, n, α, β; TensorFlow does not divide α by n, nor does the paper. */
  lrn(name: string): this {
    const options = { depthRadius: 2, bias: 2, alpha: 1e-4, beta: 0.75 };
    return this.#add(new LocalResponseNormalisation(name, this.shape, options));
  }

  /** Batch normalisation with Keras' defaults. */
  batchNormalisation(name: string): this {
    return this.#add(new BatchNormalisation(name, this.shape, { momentum: 0.99, epsilon: 1e-3 }));
  }

  dropout(name: string, rate: number): this {
    return this.#add(new Dropout(name, this.shape, rate));
  }

  flatten(): this {
    return this.#add(new Flatten(this.shape));
  }

  /** A layer of one's own, made for the shape that the stack has come to. */
  layer(make: (input: RowShape) => Layer): this {
    return this.#add(make(this.shape));
  }

  build(): Network {
    return new Network(this.#input, this.#layers);
  }

  #add(layer: Layer): this {
    this.#layers.push(layer);
    return this;
  }
}

export function constant(value: number): Initialiser {
  return { kind: 'constant', value };
}
