import type { GradientHistogram } from '@tandem/rpc';
import type { RunMonitor } from '../monitoring/run-monitor.js';

export interface GradientHistogramsOptions {
  readonly monitor: Pick<Required<RunMonitor>, 'gradient'>;
  readonly everySteps: number;
  /** Names, by number. */
  readonly parameters: readonly string[];
  /** The last step in the books. */
  readonly booked: () => number;
}

/**
 * Passes on what rank 0 says of its gradients: of steps with a checkpoint, one after another, each parameter once. A worker that
 * says more is not heard, lest it fill the disk.
 */
export class GradientHistograms {
  readonly #options: GradientHistogramsOptions;
  #step = 0;
  readonly #told = new Set<number>();

  constructor(options: GradientHistogramsOptions) {
    this.#options = options;
  }

  add({ step, parameter, generation: _, ...histogram }: GradientHistogram): void {
    const { monitor, everySteps, parameters, booked } = this.#options;
    const name = parameters[parameter];
    if (name === undefined || step < this.#step || step % everySteps !== 0 || step > booked() + everySteps) return;
    if (step > this.#step) this.#told.clear();
    this.#step = step;
    if (this.#told.has(parameter)) return;
    this.#told.add(parameter);
    monitor.gradient(step, name, histogram);
  }
}
