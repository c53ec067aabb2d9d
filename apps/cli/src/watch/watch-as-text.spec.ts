import { RunError } from '@tandem/core';
import type { ClusterStatus } from '@tandem/rpc';
import { describe, expect, it } from 'vitest';
import { watchAsText } from './watch-as-text.js';

const training: ClusterStatus = {
  ...{ runId: 'r', state: 'training', generation: 1, step: 1, totalSteps: 10, epoch: 1, loss: 1 },
  ...{ imagesPerSecond: 2, members: [], detail: null },
};
const silent = new RunError({ code: 'TANDEM_NO_COORDINATOR', what: 'nobody' });

/** What is written where a coordinator answers so, one after another, and says nothing after that. */
async function written(answers: readonly (ClusterStatus | Error)[], json = false): Promise<string[]> {
  const lines: string[] = [];
  const left = [...answers];
  await watchAsText({
    ...{ address: 'c:7000', json, intervalMs: 1, goneAfterMs: 20 },
    ask: () => {
      const next = left.shift() ?? silent;
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
    write: (text) => lines.push(...text.trimEnd().split('\n')),
  });
  return lines.filter((line) => line !== 'no worker has joined yet');
}

const run = (state: string, step: number) => expect.stringMatching(`^run r: ${state} · generation 1 · step ${step}/10`);

describe('watchAsText', () => {
  it('writes each status until the run is over', async () => {
    const states = [training, { ...training, step: 2 }, { ...training, step: 10, state: 'finished' }];
    expect(await written(states)).toEqual([run('training', 1), run('training', 2), run('finished', 10)]);
  });

  it('looks for a coordinator that does not answer, and says so once', async () => {
    const looksFor = 'c:7000 does not answer: looking for it';
    expect(await written([training, silent, silent, { ...training, step: 2 }])).toEqual([
      ...[run('training', 1), looksFor, run('training', 2), looksFor],
      'The coordinator has ended.',
    ]);
  });

  it('does not look for the coordinator of a run that was at its end', async () => {
    expect(await written([{ ...training, state: 'stopping' }])).toEqual([
      run('stopping', 1),
      'The coordinator has ended.',
    ]);
  });

  it('writes as JSON what is a status, and nothing else', async () => {
    const lines = await written([training, silent, { ...training, step: 2 }], true);
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([{ step: 1 }, { step: 2 }]);
    expect(lines[0]).not.toContain('detail');
  });

  it('fails where nobody has answered yet, or as the question fails', async () => {
    await expect(written([])).rejects.toBe(silent);
    const refused = new RunError({ code: 'TANDEM_JOIN_REFUSED', what: 'no token' });
    await expect(written([training, refused])).rejects.toBe(refused);
  });
});
