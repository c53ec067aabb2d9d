import { describe, expect, it } from 'vitest';
import { gpuNumbers, positiveIntegerOrAuto, stepsOfTimeline } from './arguments.js';
import { coordinatorOptions } from './run-flags.js';

describe('--timeline-steps', () => {
  it.each([
    ['20', { count: 20 }],
    ['5-7', { first: 5, last: 7 }],
    ['3-3', { first: 3, last: 3 }],
  ])('takes %s', (text, steps) => {
    expect(stepsOfTimeline(text)).toEqual(steps);
  });

  it.each(['0', '7-5', '0-3', '1-', 'all', '1-99999999999999999'])('refuses %s', (text) => {
    expect(() => stepsOfTimeline(text)).toThrow(/^Expected/);
  });

  it('is of no use without --timeline', () => {
    const flags = { config: 'c.yaml', out: 'run', timelineSteps: { count: 3 } };
    expect(() => coordinatorOptions(flags)).toThrow(/Give --timeline FILE/);
    expect(coordinatorOptions({ ...flags, timeline: 't.json' }).timeline).toEqual({
      file: 't.json',
      steps: { count: 3 },
    });
  });
});

describe('--gpus and --workers', () => {
  it('take numbers, and a word for all that there are', () => {
    expect(gpuNumbers('3,0')).toEqual([3, 0]);
    expect(gpuNumbers('all')).toBe('all');
    expect(positiveIntegerOrAuto('auto')).toBe('auto');
    expect(positiveIntegerOrAuto('4')).toBe(4);
  });

  it.each(['0', '-1', '1.5', 'two'])('refuse %s workers, and say that auto would do', (text) => {
    expect(() => positiveIntegerOrAuto(text)).toThrow('Expected a whole number from 1, or auto.');
  });

  it.each(['', '0,0', '1,', '-1', 'a', 'auto'])('refuse %s', (text) => {
    expect(() => gpuNumbers(text)).toThrow(/^Expected numbers from 0/);
  });
});
