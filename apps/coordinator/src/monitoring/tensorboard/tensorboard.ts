import { join } from 'node:path';
import { describeError } from '@tandem/core';
import { HISTOGRAM_VALUES, histogramOf, type HistogramSummary, type Logger } from '@tandem/observability';
import type { EvaluationRow, StepRow } from '../../metrics/rows.js';
import type { MonitoredCheckpoint, RunMonitor } from '../run-monitor.js';
import type { SummaryValue, TensorBoardEvent } from './event.js';
import { EventFile } from './event-file.js';

export function tensorBoardFolder(runDirectory: string): string {
  return join(runDirectory, 'tensorboard');
}

/**
 * TensorBoard's event files: what metrics.jsonl has as scalars, histograms of weights and momenta at checkpoints, and of the
 * gradients of their steps, and pictures that it is given. Files that cannot be written are told of once; training goes on
 * without them.
 */
export class TensorBoard implements RunMonitor {
  readonly #folder: string;
  readonly #log: Logger;
  #file: EventFile | undefined;
  #missing = 0;

  constructor(runDirectory: string, log: Logger) {
    this.#folder = tensorBoardFolder(runDirectory);
    this.#log = log;
  }

  began(step: number): void {
    this.close();
    this.#attempt(() => {
      this.#file = new EventFile(this.#folder);
    });
    this.#write(step + 1, { sessionLog: { status: 'START' } });
  }

  stepped(row: StepRow): void {
    this.#scalars(row.step, {
      'train/loss': row.loss,
      'train/learning_rate': row.learningRate,
      'train/images_per_second': row.imagesPerSecond,
      'train/world_size': row.worldSize,
      'time/step_ms': row.stepMs,
      'time/compute_ms': row.computeMs,
      'time/exchange_ms': row.exchangeMs,
      'time/update_ms': row.updateMs,
    });
  }

  evaluated(row: EvaluationRow): void {
    this.#scalars(row.step, {
      'evaluation/top1_error': row.top1,
      'evaluation/top5_error': row.top5,
      'evaluation/loss': row.loss,
    });
  }

  checkpointWritten({ step, parameters, weights, momenta }: MonitoredCheckpoint): void {
    const value: SummaryValue[] = [];
    let at = 0;
    for (const { name, shape } of parameters) {
      const elements = shape.reduce((product, size) => product * size, 1);
      const histo = (all: Float32Array) => histogramOf(all.subarray(at, at + elements), HISTOGRAM_VALUES);
      value.push({ tag: `weights/${name}`, histo: histo(weights) });
      // Before the first step there are none.
      if (step > 0) value.push({ tag: `momenta/${name}`, histo: histo(momenta) });
      at += elements;
    }
    this.#write(step, { summary: { value } });
  }

  gradient(step: number, parameter: string, histo: HistogramSummary): void {
    this.#write(step, { summary: { value: [{ tag: `gradients/${parameter}`, histo }] } });
  }

  /** A PNG of the images that a step was made by. */
  images(step: number, png: Buffer): void {
    // Of its first chunk, which has no other place.
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
    const image = { height, width, colorspace: 3, encodedImageString: png } as const;
    this.#write(step, { summary: { value: [{ tag: 'train/augmented_images', image }] } });
  }

  close(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) this.#attempt(() => file.close());
    if (this.#missing > 0)
      this.#log.warn({ event: 'tensorboard.incomplete' }, `${this.#missing} events are missing in ${this.#folder}`);
    this.#missing = 0;
  }

  #scalars(step: number, scalars: Readonly<Record<string, number>>): void {
    const value = Object.entries(scalars).map(([tag, simpleValue]) => ({ tag, simpleValue }));
    this.#write(step, { summary: { value } });
  }

  #write(step: number, what: Omit<TensorBoardEvent, 'step' | 'wallTime'>): void {
    const file = this.#file;
    if (file !== undefined) this.#attempt(() => file.append({ wallTime: Date.now() / 1000, step, ...what }));
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (this.#missing++ === 0)
        this.#log.warn(
          { event: 'tensorboard.paused', err: error as Error },
          `TensorBoard’s events cannot be written to ${this.#folder} (${describeError(error)}): training goes on without`,
        );
    }
  }
}
