import type { GradientHistogram } from '@tandem/rpc';
import { expect, it } from 'vitest';
import { GradientHistograms } from './gradient-histograms.js';

const facts = { min: -1, max: 1, num: 2, sum: 0, sumSquares: 2, bucketLimit: [-0.9, 1.1], bucket: [1, 1] };

it('passes on each parameter once a checkpoint, in order, and no more', () => {
  const heard: [number, string][] = [];
  let booked = 9;
  const gradients = new GradientHistograms({
    monitor: {
      gradient: (step, parameter, histogram) => {
        expect(histogram).toEqual(facts);
        heard.push([step, parameter]);
      },
    },
    ...{ everySteps: 10, parameters: ['a', 'b'], booked: () => booked },
  });
  const say = (step: number, parameter: number) =>
    gradients.add({ generation: 1, step, parameter, ...facts } satisfies GradientHistogram);
  // Twice, one that is none, one without a checkpoint, one of the far future.
  for (const [step, parameter] of [
    [10, 0],
    [10, 1],
    [10, 0],
    [10, 2],
    [11, 0],
    [30, 0],
  ] as const)
    say(step, parameter);
  expect(heard).toEqual([
    [10, 'a'],
    [10, 'b'],
  ]);
  booked = 29;
  say(30, 1);
  say(20, 0);
  say(30, 0);
  expect(heard.slice(2)).toEqual([
    [30, 'b'],
    [30, 'a'],
  ]);
});
