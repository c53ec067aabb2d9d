import { existsSync } from 'node:fs';
import { isLed, readRunRecord, type RunRecord, runRecordFile } from '@tandem/coordinator';
import { bestOf, type EvaluationPoint, readMetrics, type StepPoint } from './run-metrics.js';

/**
 * `running`: a coordinator leads it. `interrupted`: none does, and none has said how it ended. `unknown`: its directory is older
 * than run.json.
 */
export type RunStatus = 'running' | 'finished' | 'stopped' | 'failed' | 'aborted' | 'interrupted' | 'unknown';

export interface RunSummary {
  readonly directory: string;
  readonly status: RunStatus;
  /** Of its first start; undefined: not recorded. */
  readonly startedAt: string | undefined;
  /** Times that it was started. */
  readonly starts: number;
  /** The newest in metrics.jsonl; undefined: there is none. */
  readonly last: StepPoint | undefined;
  readonly totalSteps: number | undefined;
  readonly best: EvaluationPoint | undefined;
  readonly record: RunRecord | undefined;
}

/** What a run directory says of its run. */
export async function summarizeRun(directory: string): Promise<RunSummary> {
  const { steps, evaluations } = readMetrics(directory);
  const record = readRunRecord(directory);
  const starts = record?.starts ?? [];
  return {
    directory,
    status: statusOf(await isLed(directory), record, directory),
    startedAt: starts[0]?.startedAt,
    starts: starts.length,
    last: steps.at(-1),
    totalSteps: starts.findLast(({ totalSteps }) => totalSteps !== undefined)?.totalSteps,
    best: bestOf(evaluations),
    record,
  };
}

function statusOf(led: boolean, record: RunRecord | undefined, directory: string): RunStatus {
  if (led) return 'running';
  if (record === undefined) return existsSync(runRecordFile(directory)) ? 'interrupted' : 'unknown';
  return record.starts.at(-1)?.end?.result ?? 'interrupted';
}
