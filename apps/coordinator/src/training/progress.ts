import { RateMeter } from '@tandem/observability';
import type { StepRow } from '../metrics/rows.js';

/** For those who watch. */
const KEPT_LOSSES = 240;

/** How far the training is, and how fast: what was seen of it since this coordinator began. */
export class TrainingProgress {
  readonly totalSteps: number;
  readonly #rate = new RateMeter();
  readonly #losses: number[] = [];
  #newest: StepRow | undefined;

  constructor(totalSteps: number) {
    this.totalSteps = totalSteps;
  }

  /** Of the last step. */
  get newest(): StepRow | undefined {
    return this.#newest;
  }

  /** Of the newest steps, the newest last. */
  get losses(): readonly number[] {
    return this.#losses;
  }

  /** 0: not known yet. */
  get imagesPerSecond(): number {
    return this.#rate.imagesPerSecond;
  }

  /** From `step` until the last one; 0: not known yet. */
  remainingMs(step: number): number {
    return this.#rate.remainingMs(Math.max(0, this.totalSteps - step));
  }

  stepped(row: StepRow): void {
    this.#newest = row;
    this.#rate.add(row.samples, row.stepMs);
    this.#losses.push(row.loss);
    if (this.#losses.length > KEPT_LOSSES) this.#losses.shift();
  }
}
