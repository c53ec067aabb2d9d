import { faultsOf } from '@tandem/core';
import { createLogger } from '@tandem/observability/logging';
import type { BatchSource, Replica } from '@tandem/training';
import { describe, expect, it } from 'vitest';
import { injectFaults } from './injected-faults.js';

const log = createLogger({ name: 'test', level: 'error' });

/** Two samples, 30 and 31, of three values each. */
function batches(): BatchSource {
  let step = 0;
  return {
    next: () =>
      Promise.resolve({
        ...{ step: ++step, epoch: 1, samples: 2, segments: [2], firstRow: 0 },
        images: new Float32Array(6),
        labels: new Int32Array(2),
        indices: Uint32Array.of(30, 31),
        release: () => undefined,
      }),
  };
}
const inject = (setting: string, source = batches()) =>
  injectFaults(source, { name: 'worker-0', replica: {} as Replica, log }, faultsOf('worker-0', setting));

const hasNaN = async (source: BatchSource) => (await source.next()).images.some(Number.isNaN);

describe('injectFaults', () => {
  it.each(['', 'worker-0:data@2=kill', 'worker-1:data@1=flip-bit:fc6/kernel'])(
    'does nothing to the data where the variable is %j',
    (setting) => {
      const source = batches();
      expect(inject(setting, source)).toBe(source);
    },
  );

  it('puts a NaN in the image of one sample of one step', async () => {
    const source = inject('*:data@2=nan-sample:31');
    const images = [];
    for (let step = 1; step <= 3; step++) images.push([...(await source.next()).images]);
    expect(images).toEqual([
      [0, 0, 0, 0, 0, 0],
      [0, 0, 0, NaN, 0, 0],
      [0, 0, 0, 0, 0, 0],
    ]);
    expect(await hasNaN(inject('*:data@1=nan-sample:5'))).toBe(false);
  });

  it('does it once where any step will do', async () => {
    const source = inject('worker-0:data@*=nan-sample:30');
    expect([await hasNaN(source), await hasNaN(source)]).toEqual([true, false]);
  });
});
