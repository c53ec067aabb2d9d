import type { LogEntry } from '@tandem/observability';
import type { LogEntryMessage } from '@tandem/rpc';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Member } from '../membership/member.js';
import type { ClusterLog } from './cluster-log.js';
import { ForwardedLogs, SAY_DROPPED_EVERY_MS } from './forwarded-logs.js';

let now: number;
let entries: LogEntry[];
let logs: ForwardedLogs;
beforeEach(() => {
  now = 0;
  entries = [];
  const log = { add: (entry: LogEntry) => entries.push(entry) } as unknown as ClusterLog;
  logs = new ForwardedLogs({ log, runId: () => 'r', now: () => now });
});

function member(): { member: Member; leave: () => void } {
  const gone = new AbortController();
  const hello = { host: 'host-b', pid: 7 };
  return {
    member: { name: 'worker-1', hello, rank: 2, gone: gone.signal } as unknown as Member,
    leave: () => gone.abort(),
  };
}

const line = (more: Partial<LogEntryMessage> = {}): LogEntryMessage => ({
  ...{ timeMs: 9, level: 'WARN', event: 'data.unreadable', message: 'm', generation: 0, rank: 0, step: 0, ...more },
});
const dropped = () => entries.filter(({ event }) => event === 'log.dropped').map(({ message }) => parseInt(message));

describe('ForwardedLogs', () => {
  it('says whose line it is by the stream that it came from', () => {
    logs.add(member().member, { entries: [line(), line({ generation: 3, rank: 1, step: 8 })], dropped: 0 });
    const who = { process: 'worker-1', host: 'host-b', pid: 7, runId: 'r' };
    const what = { timeMs: 9, level: 'warn', event: 'data.unreadable', message: 'm' };
    expect(entries).toEqual([
      { ...who, ...what },
      { ...who, ...what, generation: 3, rank: 1, step: 8 },
    ]);
  });

  it('takes no more than its rate of one that says more than workers do, and says how many it left out', () => {
    const { member: flood } = member();
    for (let batch = 0; batch < 10; batch++)
      logs.add(flood, { entries: Array.from({ length: 256 }, () => line()), dropped: 0 });
    expect(entries.filter(({ event }) => event !== 'log.dropped')).toHaveLength(512);
    // The first at once, the rest when time has passed.
    expect(dropped()).toEqual([256]);
    now = SAY_DROPPED_EVERY_MS;
    logs.add(flood, { entries: [], dropped: 0 });
    expect(dropped()).toEqual([256, 7 * 256]);
  });

  it('counts what workers left out themselves, and says it when they go or the run ends', () => {
    const one = member();
    logs.add(one.member, { entries: [], dropped: 1 });
    logs.add(one.member, { entries: [], dropped: 5 });
    expect(dropped()).toEqual([1]);
    one.leave();
    expect(dropped()).toEqual([1, 5]);
    const other = member();
    logs.add(other.member, { entries: [], dropped: 2 });
    logs.add(other.member, { entries: [], dropped: 3 });
    logs.close();
    logs.close();
    expect(dropped()).toEqual([1, 5, 2, 3]);
    expect(entries.at(-1)).toMatchObject({ process: 'worker-1', rank: 2, level: 'warn' });
  });
});
