import type { RunConfig } from '@tandem/core';
import type { PieceErrors } from './evaluate.js';
import type { StepResult, TrainStep } from './train-step.js';

/** What the loop tells of its progress, and whom it asks. */
export interface TrainingObserver {
  committed(result: StepResult): void;
  /** Resolves when training may go on. */
  evaluated(step: number, pieces: readonly PieceErrors[]): void | Promise<void>;
  /** The state after `step` is to be kept. Resolves when training may go on; the writing itself may still be under way. */
  checkpoint(step: number, epoch: number): Promise<void>;
  /** Whether this rank has been asked to stop. */
  stopRequested(): boolean;
}

export interface TrainingLoopOptions {
  readonly config: RunConfig;
  readonly trainStep: TrainStep;
  readonly observer: TrainingObserver;
  /** Absent where there is nothing to evaluate on. */
  readonly evaluate?: () => Promise<readonly PieceErrors[]>;
  /** The last committed step; 0 at the start of a run. */
  readonly startStep: number;
  /** The run is over when this step is committed. */
  readonly lastStep: number;
  readonly stepsPerEpoch: number;
  /** The evaluation after the start step was lost, if one was due. */
  readonly evaluateFirst?: boolean;
  /** The checkpoint after the start step is to be kept. Default: that of step 0. */
  readonly checkpointFirst?: boolean;
}

/**
 * Commits step after step until the last one, or until some rank asks to stop. Every rank decides by the same facts: the
 * configuration, the step's number and the sums that came with the gradients. Gives the last committed step.
 */
export async function trainingLoop(options: TrainingLoopOptions): Promise<number> {
  const { config, trainStep, observer, lastStep, stepsPerEpoch } = options;
  const { everyEpochs } = config.evaluation;
  const epochOf = (step: number) => Math.max(1, Math.ceil(step / stepsPerEpoch));
  let step = options.startStep;
  if (options.checkpointFirst ?? step === 0) await observer.checkpoint(step, epochOf(step));
  const runEvaluation = async (run: () => Promise<readonly PieceErrors[]>) => {
    const pieces = await run();
    await observer.evaluated(step, pieces);
    trainStep.evaluated(pieces.reduce((sum, { top1Errors }) => sum + top1Errors, 0));
  };
  const isDue = () => everyEpochs > 0 && step > 0 && step % (everyEpochs * stepsPerEpoch) === 0;
  if (options.evaluate !== undefined && options.evaluateFirst === true && isDue())
    await runEvaluation(options.evaluate);
  while (step < lastStep) {
    const result = await trainStep.run(() => observer.stopRequested());
    ({ step } = result);
    observer.committed(result);
    if (options.evaluate !== undefined && isDue()) await runEvaluation(options.evaluate);
    const ending = step === lastStep || result.stop;
    if (ending || step % config.checkpoint.everySteps === 0) await observer.checkpoint(step, epochOf(step));
    if (result.stop) break;
  }
  return step;
}
