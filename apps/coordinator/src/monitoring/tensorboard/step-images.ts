import { ConfigurationError, describeError } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import { type DrawSamples, SAMPLES_TIMEOUT_MS, type SampleSheet } from '../../page/page-samples.js';
import type { MonitoredCheckpoint, RunMonitor } from '../run-monitor.js';

/** Drawing a batch takes a process some seconds, and a picture of large images some megabytes. */
export const STEP_IMAGES_EVERY_MS = 600_000;

export interface StepImagesOptions {
  readonly draw: DrawSamples;
  readonly write: (step: number, sheet: SampleSheet) => void;
  readonly log: Logger;
  /** Milliseconds, never going back. */
  readonly now?: () => number;
}

/**
 * Pictures of the augmented batch of steps with a checkpoint: one at a time, at most each STEP_IMAGES_EVERY_MS. Where they cannot
 * be drawn, as where the coordinator does not have the data, it is told once.
 */
export class StepImages implements RunMonitor {
  readonly #options: StepImagesOptions;
  readonly #now: () => number;
  #drawing: AbortController | undefined;
  #drawnMs = -Infinity;
  #isTold = false;
  #isGivenUp = false;

  constructor(options: StepImagesOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** A picture under way may be of a step that is to be made again. */
  began(): void {
    this.#drawing?.abort();
  }

  checkpointWritten({ step }: Pick<MonitoredCheckpoint, 'step'>): void {
    if (step === 0 || this.#isGivenUp || this.#drawing !== undefined) return;
    if (this.#now() - this.#drawnMs < STEP_IMAGES_EVERY_MS) return;
    this.#drawnMs = this.#now();
    void this.#draw(step);
  }

  close(): void {
    this.#isGivenUp = true;
    this.#drawing?.abort();
  }

  async #draw(step: number): Promise<void> {
    const { draw, write } = this.#options;
    const drawing = new AbortController();
    this.#drawing = drawing;
    try {
      const sheet = await draw(step, AbortSignal.any([drawing.signal, AbortSignal.timeout(SAMPLES_TIMEOUT_MS)]));
      if (!drawing.signal.aborted) write(step, sheet);
    } catch (error) {
      if (!drawing.signal.aborted) this.#failed(step, error);
    } finally {
      this.#drawing = undefined;
    }
  }

  #failed(step: number, error: unknown): void {
    // The data will not be there the next time either.
    this.#isGivenUp = error instanceof ConfigurationError;
    if (this.#isTold) return;
    this.#isTold = true;
    this.#options.log.warn(
      { event: 'tensorboard.incomplete', err: error as Error },
      `TensorBoard’s events lack pictures of augmented images, first that of step ${step}: ${describeError(error)}`,
    );
  }
}
