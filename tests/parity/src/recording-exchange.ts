import type { Operations } from '@tandem/model';
import { LocalExchange, type LocalExchangeOptions } from '@tandem/training';

/** A world of one's exchange that keeps a copy of the first step's mean gradients, as the optimizer is given them. */
export class RecordingExchange extends LocalExchange {
  readonly first = new Map<number, Float32Array>();
  readonly #operations: Operations;

  constructor(options: LocalExchangeOptions) {
    super(options);
    this.#operations = options.operations;
  }

  override mean(parameter: number): ReturnType<LocalExchange['mean']> {
    const mean = super.mean(parameter);
    if (!this.first.has(parameter)) this.first.set(parameter, this.#operations.read(mean));
    return mean;
  }

  /** In the first step products are made to be kept; later ones are applied as they are in training. */
  override factorsOf(parameter: number): ReturnType<LocalExchange['factorsOf']> {
    return this.first.has(parameter) ? super.factorsOf(parameter) : undefined;
  }
}
