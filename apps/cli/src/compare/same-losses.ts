import type { RunMetrics } from '../runs/run-metrics.js';

export interface LossComparison {
  /** Steps that both have. */
  readonly common: number;
  /** The first of them whose losses differ in any digit. */
  readonly firstDifference: number | undefined;
}

/** Whether two runs are the same, as far as their losses tell: metrics.jsonl has every digit of them. */
export function compareLosses(one: RunMetrics, other: RunMetrics): LossComparison {
  const losses = new Map(other.steps.map(({ step, loss }) => [step, loss]));
  const common = one.steps.filter(({ step }) => losses.has(step));
  return {
    common: common.length,
    firstDifference: common.find(({ step, loss }) => losses.get(step) !== loss)?.step,
  };
}
