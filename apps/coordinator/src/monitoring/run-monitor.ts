import type { HistogramSummary } from '@tandem/observability';
import type { StepReport, TimelineBatch } from '@tandem/rpc';
import type { Member } from '../membership/member.js';
import type { EvaluationRow, StepRow } from '../metrics/rows.js';

export interface MonitoredCheckpoint {
  readonly step: number;
  /** From asking for the state to the last file. */
  readonly ms: number;
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[] }[];
  /** All parameters one after another; to be read during the call alone. */
  readonly weights: Float32Array;
  readonly momenta: Float32Array;
}

/** Hears what a run does, for those who watch it. What it cannot do is its own matter: no call throws. */
export interface RunMonitor {
  /** Training begins, or goes on, after `step`: what was heard of later steps no longer holds. */
  began?(step: number): void;
  /** A step is in metrics.jsonl. */
  stepped?(row: StepRow, reports: readonly StepReport[]): void;
  /** An evaluation is. */
  evaluated?(row: EvaluationRow): void;
  checkpointWritten?(checkpoint: MonitoredCheckpoint): void;
  /** What a worker did, on this process's clock: of the steps of a timeline, and of those that traces are of. */
  recorded?(worker: Pick<Member, 'name' | 'hello'>, batch: TimelineBatch): void;
  /** A generation is about to train, or goes on: these have its ranks, in this order. */
  formed?(generation: number, workers: readonly Pick<Member, 'name'>[]): void;
  /** The mean gradient that a step was made by, before it is in metrics.jsonl. */
  gradient?(step: number, parameter: string, histogram: HistogramSummary): void;
  checkpointFailed?(step: number): void;
  /** Of a generation. */
  workerLost?(): void;
  close?(): void;
}

/** All of `monitors` as one. */
export function monitorsAsOne(monitors: readonly RunMonitor[]): Required<RunMonitor> {
  return {
    began: (step) => monitors.forEach((monitor) => monitor.began?.(step)),
    stepped: (row, reports) => monitors.forEach((monitor) => monitor.stepped?.(row, reports)),
    evaluated: (row) => monitors.forEach((monitor) => monitor.evaluated?.(row)),
    checkpointWritten: (checkpoint) => monitors.forEach((monitor) => monitor.checkpointWritten?.(checkpoint)),
    recorded: (worker, batch) => monitors.forEach((monitor) => monitor.recorded?.(worker, batch)),
    formed: (generation, workers) => monitors.forEach((monitor) => monitor.formed?.(generation, workers)),
    gradient: (step, parameter, histogram) =>
      monitors.forEach((monitor) => monitor.gradient?.(step, parameter, histogram)),
    checkpointFailed: (step) => monitors.forEach((monitor) => monitor.checkpointFailed?.(step)),
    workerLost: () => monitors.forEach((monitor) => monitor.workerLost?.()),
    close: () => monitors.forEach((monitor) => monitor.close?.()),
  };
}
