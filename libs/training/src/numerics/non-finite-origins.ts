import type { GradientSink, Network, Operations } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { areAllFinite } from './all-finite.js';
import { watchLayers } from './watch-layers.js';

/** Where values first stop being finite on the way forward and back again, and for which samples. */
export interface NonFiniteOrigin {
  /** "the image", "the output of conv3", "the loss", "the gradient of conv2's output". */
  readonly place: string;
  /** In the order of the batch. */
  readonly samples: readonly number[];
}

/** Runs a backward pass again and looks at every value of it; slow, and only of interest when something is wrong. */
export class NonFiniteOrigins {
  readonly #operations: Operations;
  readonly #samples: Uint32Array;
  readonly #found = new Map<string, number[]>();
  /** Rows whose origin is known: all that comes after it is a consequence. */
  readonly #known = new Set<number>();
  #firstRow = 0;
  #rows = 0;

  /** `samples`: of the local rows. */
  constructor(operations: Operations, samples: Uint32Array) {
    this.#operations = operations;
    this.#samples = samples;
  }

  /** The same network, watched while it takes the local rows from `firstRow` on. */
  watch(network: Network, firstRow: number, images: Float32Array, rows: number): Network {
    this.#firstRow = firstRow;
    this.#rows = rows;
    this.#look('the image', images);
    const read = (tensor: Tensor) => this.#operations.read(tensor);
    return watchLayers(network, {
      output: (layer, output) => this.#look(`the output of ${layer}`, read(output)),
      outputGradient: (layer, gradient) => this.#look(`the gradient of ${layer}’s output`, read(gradient)),
    });
  }

  /** What the pass is to be run into. Nothing of it is exchanged: `reduced` gives what the ranks added up before. */
  sink(reduced: (reduction: number) => Float32Array): GradientSink {
    return {
      losses: (perRow) => this.#look('the loss', perRow),
      gradient: (_parameter, _segment, value) => value.dispose(),
      // Cheaper than the products, which nobody needs.
      takesFactors: () => true,
      factors: () => undefined,
      reduce: (reduction) => reduced(reduction),
    };
  }

  get origins(): NonFiniteOrigin[] {
    return Array.from(this.#found, ([place, rows]) => ({ place, samples: rows.map((row) => this.#samples[row]!) }));
  }

  #look(place: string, values: Float32Array): void {
    const length = values.length / this.#rows;
    for (let at = 0; at < this.#rows; at++) {
      const row = this.#firstRow + at;
      if (this.#known.has(row) || areAllFinite(values.subarray(at * length, (at + 1) * length))) continue;
      this.#known.add(row);
      const rows = this.#found.get(place) ?? [];
      rows.push(row);
      this.#found.set(place, rows);
    }
  }
}
