import { parseConfig } from '@tandem/core/config';
import { expect, it } from 'vitest';
import type { Member } from '../membership/member.js';
import { fakePrepared } from '../testing/fake-worker.js';
import { checkpointAbout } from './checkpoint-about.js';

const config = parseConfig('model: { name: small }\ndata: { format: idx, train: train, eval: eval }', {
  overrides: ['training.seed=9'],
});
const about = (prepared: object) =>
  checkpointAbout(config, { hello: { tandemVersion: '1.2.3' }, prepared } as unknown as Member);

it('says what the run and its first member are', () => {
  const { trainingSamples: _, evaluationSamples: __, threads: ___, networkDigest: ____, ...kept } = fakePrepared;
  expect(about({ ...fakePrepared, engine: 'wasm' })).toEqual({
    ...kept,
    ...{ seed: 9, config, tandemVersion: '1.2.3', engine: 'wasm' },
  });
});

it('takes a worker that does not say its engine for a native one, and tells a network of one’s own', () => {
  expect(about({ ...fakePrepared, engine: '', networkDigest: 'n1' })).toMatchObject({
    engine: 'native',
    networkDigest: 'n1',
  });
});
