import {
  formatDuration,
  formatLoss,
  formatRate,
  formatSpread,
  type Logger,
  progressText,
  spread,
  type Terminal,
} from '@tandem/observability';
import type { StepReport } from '@tandem/rpc';
import type { EvaluationRow, StepRow } from '../metrics/rows.js';
import { LossSpikes } from './loss-spikes.js';
import type { TrainingProgress } from './progress.js';

export interface StepLogOptions {
  readonly log: Logger;
  readonly terminal: Terminal | undefined;
  /** Steps between two lines. */
  readonly everySteps: number;
  readonly progress: Pick<TrainingProgress, 'totalSteps' | 'imagesPerSecond' | 'remainingMs'>;
  readonly epochs: number;
  /** `log.spikeFactor`. */
  readonly spikeFactor: number;
}

/** What a person follows a run by: a line at each interval, and the progress on a terminal at every step. */
export class StepLog {
  readonly #options: StepLogOptions;
  readonly #spikes: LossSpikes;
  #lines = 0;

  constructor(options: StepLogOptions) {
    this.#options = options;
    this.#spikes = new LossSpikes(options.spikeFactor);
  }

  /** The row is in the progress. */
  stepped(row: StepRow, reports: readonly StepReport[]): void {
    const { log, terminal, everySteps, progress, epochs } = this.#options;
    const { totalSteps, imagesPerSecond } = progress;
    const remainingMs = progress.remainingMs(row.step);
    const spike = this.#spikes.add(row.step, row.loss);
    if (spike !== undefined)
      log.warn(
        { event: 'loss.spike', ...spike },
        `the loss is ${formatLoss(spike.loss)} at step ${spike.step}, ${(spike.loss / spike.median).toFixed(1)} times the median ` +
          `of the steps before (${formatLoss(spike.median)}; log.spikeFactor)`,
      );
    if (this.#lines === 0 || row.step % everySteps === 0 || row.step === totalSteps) {
      this.#lines++;
      const compute = spread(reports.map(({ computeMs }) => computeMs));
      const exchange = spread(reports.map(({ exchangeMs }) => exchangeMs));
      const text = [
        `step ${row.step}/${totalSteps}`,
        `epoch ${row.epoch}/${epochs}`,
        `loss ${formatLoss(row.loss)}`,
        `rate ${Number(row.learningRate.toPrecision(6))}`,
        `${formatRate(imagesPerSecond)} images/s`,
        `compute ${formatSpread(compute)} ms`,
        `exchange ${formatSpread(exchange)} ms`,
        `ETA ${formatDuration(remainingMs)}`,
      ].join(' · ');
      log.info({ event: 'step', ...row, compute, exchange }, text);
    }
    terminal?.showProgress(
      progressText({
        step: row.step,
        totalSteps,
        epoch: row.epoch,
        epochs,
        loss: row.loss,
        imagesPerSecond,
        remainingMs,
      }),
    );
  }

  evaluated(row: EvaluationRow): void {
    const percent = (fraction: number) => `${(100 * fraction).toFixed(2)} %`;
    this.#options.log.info(
      { event: 'evaluation', ...row },
      `evaluation after step ${row.step} · top-1 error ${percent(row.top1)} · top-5 error ${percent(row.top5)} · loss ${formatLoss(row.loss)}`,
    );
  }
}
