import { expect, it } from 'vitest';
import { closedBecause } from './closed-because.js';

const run = { runId: 'r1', isOver: false, isStopping: false };

it.each([
  ['a newcomer', '', {}, undefined],
  ['one of the run that comes back', 'r1', {}, undefined],
  ['one of another run', 'r0', {}, /^this is run r1, and worker-3 is in run r0, .*: start it anew$/],
  ['of a run that stops', 'r1', { isStopping: true }, /^the run is stopping$/],
  ['of a run that is over, whoever asks', 'r0', { isOver: true, isStopping: true }, /^the run is over$/],
] as const)('%s', (_, runId, state, expected) => {
  const reason = closedBecause({ name: 'worker-3', runId }, { ...run, ...state });
  if (expected === undefined) expect(reason).toBeUndefined();
  else expect(reason).toMatch(expected);
});
