import type { RunConfig } from '@tandem/core';
import { parseConfig } from '@tandem/core/config';
import { describe, expect, it } from 'vitest';
import type { NonFiniteError, NonFiniteStep } from './numerics/non-finite-error.js';
import type { StepResult, TrainStep } from './train-step.js';
import { trainingLoop, type TrainingObserver } from './training-loop.js';

const configOf = (...overrides: string[]): RunConfig =>
  parseConfig('model: { name: small }\ndata: { format: idx, train: d }', { overrides });

/** What the loop tells its observer, in order, in a run of `steps`, four of them an epoch. */
async function eventsOf(
  config: RunConfig,
  steps: number,
  { stopAfter = Infinity, nonFiniteIn = 0, evaluates = true } = {},
): Promise<string[]> {
  const events: string[] = [];
  let step = 0;
  const trainStep = {
    run: () => {
      step++;
      const found = { step, loss: NaN, gradients: [], weights: [], origins: [] } satisfies NonFiniteStep;
      const nonFinite = step === nonFiniteIn ? found : undefined;
      return Promise.resolve({ step, stop: step === stopAfter, nonFinite } as unknown as StepResult);
    },
    evaluated: () => undefined,
  } as unknown as TrainStep;
  const observer: TrainingObserver = {
    committed: (result) => events.push(`committed ${result.step}`),
    nonFinite: (found) => events.push(`not finite ${found.step}`),
    evaluated: (after) => void events.push(`evaluated ${after}`),
    checkpoint: (after, epoch, wanted) => {
      events.push(`checkpoint ${after} of epoch ${epoch} ${wanted}`);
      return Promise.resolve();
    },
    compareReplicas: (after) => events.push(`compare ${after}`),
    stopRequested: () => false,
  };
  const evaluate = () => Promise.resolve([]);
  const ended = trainingLoop({
    ...{ config, trainStep, observer, startStep: 0, lastStep: steps, stepsPerEpoch: 4 },
    ...(evaluates && { evaluate }),
  });
  await ended.catch((error: unknown) => events.push(`${(error as Error).name}: ${(error as NonFiniteError).code}`));
  return events.filter((event) => !event.startsWith('committed'));
}

describe('trainingLoop', () => {
  it('keeps step 0, what is due, evaluations that may be among the best, and the last step, once each', async () => {
    const config = configOf('checkpoint.everySteps=8', 'training.digestEverySteps=3');
    expect(await eventsOf(config, 14)).toEqual([
      'checkpoint 0 of epoch 1 always',
      'compare 3',
      'evaluated 4',
      'checkpoint 4 of epoch 1 if best',
      'compare 6',
      'evaluated 8',
      'checkpoint 8 of epoch 2 always',
      'compare 9',
      'evaluated 12',
      'checkpoint 12 of epoch 3 if best',
      'checkpoint 14 of epoch 4 always',
    ]);
  });

  it('keeps no evaluated step where checkpoint.keepBest is 0, and compares at checkpoints only with digestEverySteps 0', async () => {
    const config = configOf('checkpoint.keepBest=0', 'training.digestEverySteps=0');
    const events = ['checkpoint 0 of epoch 1 always', 'evaluated 4', 'checkpoint 6 of epoch 2 always'];
    expect(await eventsOf(config, 9, { stopAfter: 6 })).toEqual(events);
  });

  it('ends at a step that is not finite before it is committed, or goes on from it where it is skipped', async () => {
    const faulty = { nonFiniteIn: 2, evaluates: false };
    const first = ['checkpoint 0 of epoch 1 always', 'not finite 2'];
    expect(await eventsOf(configOf(), 3, faulty)).toEqual([...first, 'NonFiniteError: TANDEM_NON_FINITE']);
    const skipping = configOf('training.onNonFinite=skip');
    expect(await eventsOf(skipping, 3, faulty)).toEqual([...first, 'checkpoint 3 of epoch 1 always']);
  });

  it('lets signals and messages be heard between steps', async () => {
    let [step, heardAfter] = [0, -1];
    const trainStep = {
      run: () => Promise.resolve({ step: ++step, stop: heardAfter >= 0 } as unknown as StepResult),
    } as unknown as TrainStep;
    const observer = {
      committed: () => undefined,
      checkpoint: () => Promise.resolve(),
      stopRequested: () => heardAfter >= 0,
    } as unknown as TrainingObserver;
    setImmediate(() => (heardAfter = step));
    const config = configOf('training.digestEverySteps=0', 'checkpoint.everySteps=1000');
    const ended = await trainingLoop({
      ...{ config, trainStep, observer, startStep: 0, lastStep: 100, stepsPerEpoch: 1_000 },
    });
    expect(heardAfter).toBe(1);
    expect(ended).toBe(2);
  });
});
