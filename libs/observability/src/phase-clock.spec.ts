import { describe, expect, it } from 'vitest';
import { PhaseClock, stepPhases } from './phase-clock.js';

function clockAt() {
  let now = 1000;
  return { clock: new PhaseClock(stepPhases, { now: () => now }), pass: (ms: number) => (now += ms) };
}

describe('PhaseClock', () => {
  it('measures each phase, and nothing twice where they nest', async () => {
    const { clock, pass } = clockAt();
    clock.start();
    clock.measure('data', () => pass(5));
    pass(1);
    await clock.measure('compute', async () => {
      pass(10);
      await clock.measure('exchange', async () => {
        expect(clock.current).toBe('exchange');
        await Promise.resolve();
        pass(3);
      });
      pass(20);
    });
    clock.measure('update', () => pass(2));
    expect(clock.finish()).toEqual({ stepMs: 41, phaseMs: { data: 5, compute: 30, exchange: 3, update: 2 } });
    expect(clock.current).toBeUndefined();
  });

  it('starts every step at zero and gives back what the work returns', () => {
    const { clock, pass } = clockAt();
    expect(clock.measure('data', () => pass(5))).toBe(1005);
    clock.start();
    expect(clock.finish()).toEqual({ stepMs: 0, phaseMs: { data: 0, compute: 0, exchange: 0, update: 0 } });
  });

  it('leaves the phase when the work fails', async () => {
    const { clock } = clockAt();
    const fail = () => {
      throw new Error('no');
    };
    expect(() => clock.measure('data', fail)).toThrow('no');
    await expect(clock.measure('data', () => Promise.reject(new Error('late')))).rejects.toThrow('late');
    expect(clock.current).toBeUndefined();
  });
});
