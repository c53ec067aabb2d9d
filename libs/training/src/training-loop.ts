import { setImmediate } from 'node:timers/promises';
import type { RunConfig } from '@tandem/core';
import type { PieceErrors } from './evaluate.js';
import { NonFiniteError, type NonFiniteStep } from './numerics/non-finite-error.js';
import type { StepResult, TrainStep } from './train-step.js';

/** What the loop tells of its progress, and whom it asks. */
export interface TrainingObserver {
  committed(result: StepResult): void;
  /** The loss or gradient of a step is not finite: it is about to be skipped, or to end the run. */
  nonFinite(found: NonFiniteStep): void;
  /** Resolves when training may go on. */
  evaluated(step: number, pieces: readonly PieceErrors[]): void | Promise<void>;
  /**
   * The state after `step` is to be kept, or only if the evaluation after it is among the best. Resolves when training may go
   * on; the writing itself may still be under way.
   */
  checkpoint(step: number, epoch: number, wanted: 'always' | 'if best'): Promise<void>;
  /** All ranks should have the same weights after `step`: between checkpoints, where they are compared as well. */
  compareReplicas(step: number): void;
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
  const { everySteps, keepBest } = config.checkpoint;
  const { digestEverySteps, onNonFinite } = config.training;
  const epochOf = (step: number) => Math.max(1, Math.ceil(step / stepsPerEpoch));
  let step = options.startStep;
  if (options.checkpointFirst ?? step === 0) await observer.checkpoint(step, epochOf(step), 'always');
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
    if (result.nonFinite !== undefined) {
      observer.nonFinite(result.nonFinite);
      if (onNonFinite === 'stop') throw new NonFiniteError(result.nonFinite);
    }
    ({ step } = result);
    observer.committed(result);
    const evaluated = options.evaluate !== undefined && isDue();
    if (evaluated) await runEvaluation(options.evaluate!);
    const ending = step === lastStep || result.stop;
    if (ending || step % everySteps === 0) await observer.checkpoint(step, epochOf(step), 'always');
    else if (evaluated && keepBest > 0) await observer.checkpoint(step, epochOf(step), 'if best');
    else if (digestEverySteps > 0 && step % digestEverySteps === 0) observer.compareReplicas(step);
    if (result.stop) break;
    // Batches come as messages, and Node reads up to a thousand of one port before it looks at anything else: signals and what
    // the communication thread says would wait for as many steps.
    await setImmediate();
  }
  return step;
}
