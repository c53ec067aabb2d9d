import { MAX_STEPS, type StepColumns, thinned } from '@tandem/page';
import type { StepRow } from '../metrics/rows.js';

/** The columns of a point, after the sequence number that clients are told by what they have. */
const COLUMNS = 5;

type Point = readonly [sequence: number, step: number, loss: number, imagesPerSecond: number, learningRate: number];

/**
 * The curve of a run's steps, at most MAX_STEPS points of it: when it is full, of each four of the older half only the least
 * and the most loss stay, so that what is long ago is coarser, and no peak is lost. One step costs five numbers.
 */
export class StepHistory {
  readonly #values = new Float64Array(MAX_STEPS * COLUMNS);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  add(sequence: number, { step, loss, imagesPerSecond, learningRate }: StepRow): void {
    if (this.#length === MAX_STEPS) this.#thin();
    const point: Point = [sequence, step, loss, imagesPerSecond, learningRate];
    this.#values.set(point, this.#length++ * COLUMNS);
  }

  /** The points with a greater sequence number. */
  since(sequence: number): StepColumns {
    const from = this.#after(sequence);
    const column = <T>(at: number, as: (value: number) => T) =>
      Array.from({ length: this.#length - from }, (_, row) => as(this.#values[(from + row) * COLUMNS + at]!));
    return {
      step: column(1, (value) => value),
      loss: column(2, finite),
      imagesPerSecond: column(3, finite),
      learningRate: column(4, finite),
    };
  }

  /** The index of the first point after `sequence`; the numbers ascend. */
  #after(sequence: number): number {
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#values[middle * COLUMNS]! > sequence) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #thin(): void {
    const half = this.#length >>> 1;
    const losses = Array.from({ length: half }, (_, row) => this.#values[row * COLUMNS + 2]!);
    let kept = 0;
    for (const row of thinned(losses)) this.#move(row, kept++);
    for (let row = half; row < this.#length; row++) this.#move(row, kept++);
    this.#length = kept;
  }

  #move(from: number, to: number): void {
    this.#values.copyWithin(to * COLUMNS, from * COLUMNS, (from + 1) * COLUMNS);
  }
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
