import type { Ablation } from './ablations.js';
import { type ArmMetrics, epochLosses, epochsTo, mean } from './metrics.js';

/** Over the seeds of an arm. */
export interface Spread {
  readonly mean: number;
  readonly least: number;
  readonly most: number;
}

export interface ArmResult {
  readonly file: string;
  readonly label: string;
  /** Mean training loss of the last epoch. */
  readonly trainingLoss: Spread;
  /** Top-1 error after the last epoch, a fraction. */
  readonly error: Spread;
  readonly evaluationLoss: Spread;
  /** Absent where not all seeds got there. */
  readonly epochsToTarget: Spread | undefined;
  /** This arm's less the first arm's, seed by seed. Absent for the first. */
  readonly errorDifference: Spread | undefined;
  readonly lossDifference: Spread | undefined;
  /** Of each seed. */
  readonly errors: readonly number[];
  /** Evaluation loss of each seed. */
  readonly losses: readonly number[];
}

export interface AblationResult {
  readonly name: string;
  readonly title: string;
  readonly targetLoss: number;
  readonly arms: readonly ArmResult[];
}

/** `runs`: of each arm, in their order, a run for each seed. */
export function summarize(ablation: Ablation, runs: readonly (readonly ArmMetrics[])[]): AblationResult {
  const { name, title, targetLoss, arms } = ablation;
  const last = runs.map((ofArm) => ofArm.map(({ evaluations }) => evaluations.at(-1)!));
  const errorsOf = (arm: number) => last[arm]!.map(({ error }) => error);
  const lossesOf = (arm: number) => last[arm]!.map(({ loss }) => loss);
  return {
    ...{ name, title, targetLoss },
    arms: arms.map(({ file, label }, arm) => {
      const ofArm = runs[arm]!;
      const [errors, losses] = [errorsOf(arm), lossesOf(arm)];
      const epochs = ofArm.map((run) => epochsTo(run, targetLoss));
      return {
        ...{ file, label, errors, losses },
        trainingLoss: spread(ofArm.map((run) => epochLosses(run).at(-1)!)),
        error: spread(errors),
        evaluationLoss: spread(losses),
        epochsToTarget: epochs.every((epoch) => epoch !== undefined) ? spread(epochs) : undefined,
        errorDifference: arm === 0 ? undefined : spread(less(errors, errorsOf(0))),
        lossDifference: arm === 0 ? undefined : spread(less(losses, lossesOf(0))),
      };
    }),
  };
}

function less(values: readonly number[], others: readonly number[]): number[] {
  return values.map((value, at) => value - others[at]!);
}

function spread(values: readonly number[]): Spread {
  return { mean: mean(values), least: Math.min(...values), most: Math.max(...values) };
}
