import type { Logger } from '@tandem/observability';
import { type Begin, discardState, type GenerationMessage, type Member, type StoredState } from '@tandem/rpc';
import type { Replica } from '@tandem/training';
import { describe, expect, it } from 'vitest';
import { takeWeights } from './take-weights.js';

const members = ['a', 'b', 'c'].map((name, rank) => ({ rank, name, address: `host-${name}:1` }));
const begins: Begin = {
  generation: 2,
  step: 40,
  weights: 'PEER',
  source: 1,
  behind: [2],
  lastStep: 0,
  evaluationErrors: [],
  lastEvaluation: 0,
  checkpointDue: false,
};

/** What a rank does when its generation begins. */
async function actionsOf(rank: number, begin: Partial<Begin>, fetched: () => Promise<void>) {
  const actions: string[] = [];
  const states = {
    offer: (generation: number, step: number, offered: StoredState) => {
      actions.push(`offer ${step} in ${generation}`);
      discardState(offered);
    },
    fetchFromPeer: (generation: number, step: number, from: Member) => {
      actions.push(`fetch ${step} of ${from.name} in ${generation}`);
      return fetched();
    },
    fetchCheckpoint: (step: number) => {
      actions.push(`fetch checkpoint ${step}`);
      return fetched();
    },
  };
  const communication = {
    states,
    setPhase: (step: number, phase: string) => actions.push(`${phase} after ${step}`),
  };
  const replica = {
    stateBytes: 8,
    forEachPiece: (use: (piece: Uint8Array, offset: number) => void) => {
      use(new Uint8Array(8), 0);
      actions.push('snapshot');
    },
    restore: () => actions.push('restore'),
  };
  const generation: GenerationMessage = { number: 2, members, configJson: '{}', rank };
  const options = {
    communication,
    replica: replica as unknown as Replica,
    log: { info: () => undefined } as unknown as Logger,
    generation,
    begin: { ...begins, ...begin },
  };
  const failure = await takeWeights(options).catch((error: Error) => error.message);
  return failure === undefined ? actions : [...actions, failure];
}

const state = () => Promise.resolve();

describe('takeWeights', () => {
  it.each([
    ['offers its state where others are behind, and makes the copy meanwhile', 1, {}, ['offer 40 in 2', 'snapshot']],
    ['copies the state where it is behind', 2, {}, ['state transfer after 40', 'fetch 40 of b in 2', 'restore']],
    ['does nothing where it has the state', 0, {}, []],
    ['copies nothing where all have it', 1, { behind: [] }, []],
    ['keeps the seed’s weights', 2, { weights: 'SEED' as const, behind: [] }, []],
    [
      'takes the checkpoint',
      0,
      { weights: 'CHECKPOINT' as const, behind: [] },
      ['state transfer after 40', 'fetch checkpoint 40', 'restore'],
    ],
  ])('%s', async (_, rank, begin, expected) => {
    expect(await actionsOf(rank, begin, state)).toEqual(expected);
  });

  it('leaves the replica as it was where the state does not come', async () => {
    const broken = () => Promise.reject(new Error('its SHA-256 is another'));
    expect(await actionsOf(2, {}, broken)).toEqual([
      'state transfer after 40',
      'fetch 40 of b in 2',
      'its SHA-256 is another',
    ]);
  });
});
