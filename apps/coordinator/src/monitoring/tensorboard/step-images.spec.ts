import { ConfigurationError, RunError } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import { expect, it } from 'vitest';
import type { SampleSheet } from '../../page/page-samples.js';
import { STEP_IMAGES_EVERY_MS, StepImages } from './step-images.js';

/** Drawings are ended by the test: by step. */
function imagesOf() {
  const at = { nowMs: 0 };
  const asked: number[] = [];
  const written: number[] = [];
  const told: string[] = [];
  const drawings = new Map<number, { done: () => Promise<void>; fails: (error: Error) => Promise<void> }>();
  const images = new StepImages({
    draw: (step, signal) => {
      asked.push(step);
      return new Promise<SampleSheet>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        drawings.set(step, {
          done: async () => resolve({ title: '', png: Buffer.alloc(0) }),
          fails: async (error) => reject(error),
        });
      });
    },
    write: (step) => written.push(step),
    log: { warn: (_: object, message: string) => told.push(message) } as unknown as Logger,
    now: () => at.nowMs,
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { at, asked, written, told, drawings, images, settled };
}

it('draws one at a time and not too often, and none of the beginning', async () => {
  const { at, asked, written, drawings, images, settled } = imagesOf();
  for (const step of [0, 10, 20]) images.checkpointWritten({ step });
  expect(asked).toEqual([10]);
  await drawings.get(10)!.done();
  await settled();
  images.checkpointWritten({ step: 30 });
  at.nowMs = STEP_IMAGES_EVERY_MS;
  images.checkpointWritten({ step: 40 });
  expect(asked).toEqual([10, 40]);
  expect(written).toEqual([10]);
});

it('drops what is under way when training begins elsewhere, or the run ends', async () => {
  const { at, asked, written, told, images, settled } = imagesOf();
  images.checkpointWritten({ step: 10 });
  images.began();
  await settled();
  at.nowMs = STEP_IMAGES_EVERY_MS;
  images.checkpointWritten({ step: 10 });
  images.close();
  await settled();
  at.nowMs *= 2;
  images.checkpointWritten({ step: 20 });
  expect({ asked, written, told }).toEqual({ asked: [10, 10], written: [], told: [] });
});

it('says once that it cannot, and gives up where it never will', async () => {
  const { at, asked, told, drawings, images, settled } = imagesOf();
  for (const [step, error] of [
    [10, new RunError({ code: 'TANDEM_PAGE_SAMPLES', what: 'too slow' })],
    [20, new ConfigurationError({ code: 'TANDEM_DATA_MISSING', what: 'no data here' })],
    [30, new Error('is not asked')],
  ] as const) {
    images.checkpointWritten({ step });
    await drawings.get(step)?.fails(error);
    await settled();
    at.nowMs += STEP_IMAGES_EVERY_MS;
  }
  expect(asked).toEqual([10, 20]);
  expect(told).toEqual([expect.stringContaining('first that of step 10: too slow')]);
});
