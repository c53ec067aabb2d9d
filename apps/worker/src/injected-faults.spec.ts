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
const inject = (setting: string | undefined, source = batches()) =>
  injectFaults(source, { rank: 0, replica: {} as Replica, log }, setting);

describe('injectFaults', () => {
  it.each([undefined, ''])('does nothing where the variable is %j', (setting) => {
    const source = batches();
    expect(inject(setting, source)).toBe(source);
  });

  it('puts a NaN in the image of one sample of one step', async () => {
    const source = inject('nan-sample:step=2,sample=31');
    const images = [];
    for (let step = 1; step <= 3; step++) images.push([...(await source.next()).images]);
    expect(images).toEqual([
      [0, 0, 0, 0, 0, 0],
      [0, 0, 0, NaN, 0, 0],
      [0, 0, 0, 0, 0, 0],
    ]);
    expect([...(await inject('nan-sample:step=1,sample=5').next()).images]).not.toContain(NaN);
  });

  it('leaves the weights of other ranks alone', async () => {
    await inject('flip-bit:step=1,rank=1,parameter=fc6/kernel').next();
  });

  it.each(['x', 'flip-bit:step=1', 'nan'])('refuses %s', (setting) => {
    expect(() => inject(setting)).toThrow(/TANDEM_INJECT_FAULT is ".*"\. Expected flip-bit:/);
  });
});
