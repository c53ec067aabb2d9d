import type { Logger } from '@tandem/observability';
import { expect, it } from 'vitest';
import { SlowWorkers } from './slow-workers.js';
import { STRAGGLER_WINDOW_STEPS } from './straggler-watch.js';

function scene(names: readonly string[]) {
  const said: string[] = [];
  const log = { warn: (_: unknown, text: string) => said.push(text) } as unknown as Logger;
  const slow = new SlowWorkers({ factor: 2, microBatches: 4, log });
  slow.enter(names.map((name) => ({ describe: () => name })));
  const step = (...ms: number[]) => slow.stepped(ms.map((computeMs) => ({ computeMs })));
  return { slow, step, said };
}

it('names the worker that the others wait for, by the time of a micro-batch', () => {
  const { step, said } = scene(['a', 'b', 'c']);
  // Of four micro-batches the last rank has two.
  for (let at = 0; at < STRAGGLER_WINDOW_STEPS; at++) step(10, 30, 20);
  expect(said).toEqual([
    expect.stringMatching(/^b is slow: it computes a micro-batch in 30\.0 ms, the others in 10\.0 ms/),
  ]);
});

it('says nothing of steps that not all have reported, nor of generations that are over', () => {
  const { slow, step, said } = scene(['a', 'b']);
  for (let at = 0; at < 2 * STRAGGLER_WINDOW_STEPS; at++) step(90);
  for (let at = 1; at < STRAGGLER_WINDOW_STEPS; at++) step(90, 10);
  slow.enter([{ describe: () => 'b' }, { describe: () => 'c' }]);
  step(90, 10);
  expect(said).toEqual([]);
});
