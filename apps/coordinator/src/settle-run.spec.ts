import { parseConfig } from '@tandem/core/config';
import { createLogger } from '@tandem/observability/logging';
import type { PreparedInput } from '@tandem/rpc';
import { describe, expect, it } from 'vitest';
import type { Member } from './membership/member.js';
import type { ResumePoint } from './run-directory.js';
import { settleRun } from './settle-run.js';
import { fakePrepared } from './testing/fake-worker.js';

const config = parseConfig('model: { name: small }\ndata: { format: idx, train: train, eval: eval }');

function member(name: string, prepared: Partial<PreparedInput> = {}): Member {
  return {
    ...{ name, hello: { tandemVersion: '1' }, rank: undefined, describe: () => name },
    prepared: { ...fakePrepared, engine: 'native', ...prepared },
  } as unknown as Member;
}

function settle(members: readonly Member[], resume?: ResumePoint) {
  const said: string[] = [];
  const log = createLogger({ name: 'test', level: 'info', hear: ({ event }) => said.push(event) });
  return { ...settleRun(members, { config, resume, log }), said };
}

describe('settleRun', () => {
  it('gives ranks by name, and fills in what the world size decides', () => {
    const members = [member('worker-2'), member('worker-0'), member('worker-1')];
    const { first, config: settled, said } = settle(members);
    expect(members.map(({ rank }) => rank)).toEqual([2, 0, 1]);
    expect(first.name).toBe('worker-0');
    expect(settled.training.microBatches).toBe(3);
    expect(settled.exchange.factors).toEqual([]);
    expect(said).toEqual(['exchange.chosen']);
  });

  it('keeps what the resumed run had, and warns of what is other than it was', () => {
    const manifest = { config: { training: { microBatches: 6 } }, datasetDigest: 'd0', engine: 'native' };
    const { config: settled, said } = settle([member('worker-0')], { manifest } as unknown as ResumePoint);
    expect(settled.training.microBatches).toBe(6);
    expect(said).toEqual(['data.other-set', 'exchange.chosen']);
  });

  it('refuses members that are not alike', () => {
    expect(() => settle([member('worker-0'), member('worker-1', { datasetDigest: 'd2' })])).toThrow(
      /data set digest of worker-1 is d2, of worker-0 it is d1/,
    );
  });
});
