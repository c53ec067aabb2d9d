import { existsSync, readFileSync } from 'node:fs';
import { metricsFile } from '@tandem/coordinator';

/** Of a line of metrics.jsonl, what is shown of a step. */
export interface StepPoint {
  readonly step: number;
  readonly epoch: number;
  /** Null: it was not finite. */
  readonly loss: number | null;
  readonly samples: number;
  readonly imagesPerSecond: number;
  readonly worldSize: number;
}

export interface EvaluationPoint {
  readonly step: number;
  readonly top1: number;
  readonly top5: number;
  readonly loss: number;
}

export interface RunMetrics {
  readonly steps: readonly StepPoint[];
  readonly evaluations: readonly EvaluationPoint[];
}

/** Of a run directory, also while it is written: a line that is not whole yet is left out. */
export function readMetrics(runDirectory: string): RunMetrics {
  const file = metricsFile(runDirectory);
  return parseMetrics(existsSync(file) ? readFileSync(file, 'utf8') : '');
}

export function parseMetrics(text: string): RunMetrics {
  const steps: StepPoint[] = [];
  const evaluations: EvaluationPoint[] = [];
  for (const line of text.split('\n')) {
    const row = parseLine(line);
    if (row?.type === 'step') steps.push(row as StepPoint);
    else if (row?.type === 'eval') evaluations.push(row as EvaluationPoint);
  }
  return { steps, evaluations };
}

/** The evaluation with the least top-1 error, the first of them. */
export function bestOf(evaluations: readonly EvaluationPoint[]): EvaluationPoint | undefined {
  let best: EvaluationPoint | undefined;
  for (const evaluation of evaluations) if (best === undefined || evaluation.top1 < best.top1) best = evaluation;
  return best;
}

function parseLine(line: string): ({ readonly type: string } & Partial<StepPoint | EvaluationPoint>) | undefined {
  try {
    return JSON.parse(line) as { readonly type: string };
  } catch {
    return undefined;
  }
}
