/** What is wanted of a run's metrics.jsonl. */
export interface ArmMetrics {
  readonly stepsPerEpoch: number;
  /** Mean loss of each step's batch, as trained: with dropout and augmentation where the run has them. */
  readonly losses: readonly number[];
  readonly evaluations: readonly EvaluationPoint[];
}

export interface EvaluationPoint {
  readonly epoch: number;
  /** Top-1 error, a fraction. */
  readonly error: number;
  readonly loss: number;
}

interface Line {
  readonly type: string;
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly top1: number;
}

export function parseMetrics(text: string): ArmMetrics {
  const lines = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
  const steps = lines.filter(({ type }) => type === 'step');
  const stepsPerEpoch = steps.filter(({ epoch }) => epoch === 1).length;
  return {
    stepsPerEpoch,
    losses: steps.map(({ loss }) => loss),
    evaluations: lines
      .filter(({ type }) => type === 'eval')
      .map(({ step, top1, loss }) => ({ epoch: step / stepsPerEpoch, error: top1, loss })),
  };
}

/** Mean training loss of each epoch. */
export function epochLosses({ losses, stepsPerEpoch }: ArmMetrics): number[] {
  return Array.from({ length: Math.floor(losses.length / stepsPerEpoch) }, (_, epoch) =>
    mean(losses.slice(epoch * stepsPerEpoch, (epoch + 1) * stepsPerEpoch)),
  );
}

/** Epochs until the mean training loss of the last epoch's worth of steps is first at `target` or below; undefined: never. */
export function epochsTo({ losses, stepsPerEpoch }: ArmMetrics, target: number): number | undefined {
  for (let end = stepsPerEpoch; end <= losses.length; end++)
    if (mean(losses.slice(end - stepsPerEpoch, end)) <= target) return end / stepsPerEpoch;
  return undefined;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
