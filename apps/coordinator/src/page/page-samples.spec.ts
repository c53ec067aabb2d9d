import { expect, it, vi } from 'vitest';
import { PageSamples, SAMPLES_EVERY_MS, type SampleSheet } from './page-samples.js';

const sheetOf = (step: number): SampleSheet => ({ title: `Step ${step}`, png: Buffer.alloc(1) });

function samplesOf(draw: (step: number, signal: AbortSignal) => Promise<SampleSheet>) {
  const at = { step: 1, nowMs: 0 };
  const drawn = vi.fn(draw);
  return {
    at,
    drawn,
    samples: new PageSamples(
      drawn,
      () => at.step,
      () => at.nowMs,
    ),
  };
}

it('draws the coming step’s, and no other before its time', async () => {
  const { at, drawn, samples } = samplesOf((step) => Promise.resolve(sheetOf(step)));
  expect((await samples.sheet()).title).toBe('Step 1');
  at.step = 2;
  at.nowMs = SAMPLES_EVERY_MS - 1;
  expect((await samples.sheet()).title).toBe('Step 1');
  at.nowMs = SAMPLES_EVERY_MS;
  expect((await samples.sheet()).title).toBe('Step 2');
  at.nowMs = 10 * SAMPLES_EVERY_MS;
  expect((await samples.sheet()).title).toBe('Step 2');
  expect(drawn.mock.calls.map(([step]) => step)).toEqual([1, 2]);
});

it('draws one at a time, whoever asks meanwhile', async () => {
  let done!: (sheet: SampleSheet) => void;
  const { at, drawn, samples } = samplesOf(() => new Promise((resolve) => (done = resolve)));
  const first = samples.sheet();
  at.step = 9;
  at.nowMs = 10 * SAMPLES_EVERY_MS;
  const second = samples.sheet();
  done(sheetOf(1));
  expect([await first, await second]).toEqual([sheetOf(1), sheetOf(1)]);
  expect(drawn).toHaveBeenCalledTimes(1);
});

it('tries a step again that failed, but not at once', async () => {
  let works = false;
  const { at, drawn, samples } = samplesOf((step) =>
    works ? Promise.resolve(sheetOf(step)) : Promise.reject(new Error('no data here')),
  );
  await expect(samples.sheet()).rejects.toThrow('no data here');
  works = true;
  await expect(samples.sheet()).rejects.toThrow('no data here');
  at.nowMs = SAMPLES_EVERY_MS;
  expect((await samples.sheet()).title).toBe('Step 1');
  expect(drawn).toHaveBeenCalledTimes(2);
});

it('stops what is under way when it closes', async () => {
  const { samples } = samplesOf(
    (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
  );
  const sheet = samples.sheet();
  samples.close();
  await expect(sheet).rejects.toThrow('stopped');
});
