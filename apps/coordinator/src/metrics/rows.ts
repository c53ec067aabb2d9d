import type { StepReport } from '@tandem/rpc';
import { shortestFloat32 } from './float32.js';

/** One line of metrics.jsonl for a step; times in milliseconds, the most of any rank. */
export interface StepRow {
  readonly type: 'step';
  readonly step: number;
  readonly epoch: number;
  /** Mean over the global batch before the update. A loss that is not a number is written as null. */
  readonly loss: number;
  readonly learningRate: number;
  readonly worldSize: number;
  readonly generation: number;
  readonly samples: number;
  readonly imagesPerSecond: number;
  readonly stepMs: number;
  readonly computeMs: number;
  readonly exchangeMs: number;
  readonly updateMs: number;
  readonly bytesSent: number;
  /** The step changed nothing: its loss or gradient was not finite. Absent otherwise. */
  readonly skipped?: true;
}

/** One line of metrics.jsonl for an evaluation; errors as fractions. */
export interface EvaluationRow {
  readonly type: 'eval';
  readonly step: number;
  readonly top1: number;
  readonly top5: number;
  readonly loss: number;
}

export type MetricsRow = StepRow | EvaluationRow;

/** `reports` are those of the ranks for one step, by rank: all, or those who lived to tell. */
export function stepRow(reports: readonly StepReport[]): StepRow {
  const first = reports[0]!;
  const most = (of: (report: StepReport) => number) => Math.max(...reports.map(of));
  const stepMs = most((report) => report.stepMs);
  return {
    type: 'step',
    step: first.step,
    epoch: first.epoch,
    loss: shortestFloat32(first.loss),
    learningRate: first.learningRate,
    worldSize: first.worldSize,
    generation: first.generation,
    samples: first.samples,
    imagesPerSecond: rounded((1000 * first.samples) / Math.max(stepMs, 1e-3), 2),
    stepMs: rounded(stepMs, 3),
    computeMs: rounded(
      most((report) => report.computeMs),
      3,
    ),
    exchangeMs: rounded(
      most((report) => report.exchangeMs),
      3,
    ),
    updateMs: rounded(
      most((report) => report.updateMs),
      3,
    ),
    bytesSent: most((report) => report.bytesSent),
    ...(first.skipped && { skipped: true }),
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
