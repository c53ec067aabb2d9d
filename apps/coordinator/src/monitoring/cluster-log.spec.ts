import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogEntry } from '@tandem/observability';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CLUSTER_LOG_ENTRIES, ClusterLog } from './cluster-log.js';

const entry = (message: string): LogEntry => ({
  ...{ timeMs: 5, level: 'warn', event: 'worker.slow', message, process: 'worker-1', host: 'h', rank: 1 },
});

let folder: string;
let file: string;
const open: ClusterLog[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-cluster-log-'));
  file = join(folder, 'logs/cluster.jsonl');
});
afterEach(() => {
  for (const log of open.splice(0)) log.close();
  rmSync(folder, { recursive: true });
});

function make(faults: (string | number)[] = []): ClusterLog {
  const log = new ClusterLog({ file, onFault: (fault, missing) => faults.push(fault?.message ?? missing) });
  open.push(log);
  return log;
}

const messages = () => [...readFileSync(file, 'utf8').matchAll(/"msg":"(.*?)"/g)].map(([, message]) => message);

describe('ClusterLog', () => {
  it('keeps what comes in its file and, the newest, in memory, and tells those who listen', () => {
    const log = make();
    log.add(entry('before'));
    const heard: string[] = [];
    const end = log.subscribe(({ message }) => heard.push(message));
    for (let index = 0; index < CLUSTER_LOG_ENTRIES; index++) log.add(entry(String(index)));
    end();
    log.add(entry('after'));
    expect(log.entries).toHaveLength(CLUSTER_LOG_ENTRIES);
    expect(log.entries.at(0)!.message).toBe('1');
    expect(log.entries.at(-1)!.message).toBe('after');
    expect(heard).toHaveLength(CLUSTER_LOG_ENTRIES);
    expect(messages()).toHaveLength(CLUSTER_LOG_ENTRIES + 2);
    expect(JSON.parse(readFileSync(file, 'utf8').split('\n')[0]!)).toEqual({
      ...{ level: 40, time: 5, hostname: 'h', name: 'worker-1', rank: 1, event: 'worker.slow', msg: 'before' },
    });
  });

  it('goes on with the file of the coordinator before', () => {
    const first = make();
    first.add(entry('first'));
    first.close();
    first.add(entry('too late'));
    make().add(entry('second'));
    expect(messages()).toEqual(['first', 'second']);
  });

  it('tells once that its file cannot be written, goes on, and says how many lines it lacks', () => {
    const faults: (string | number)[] = [];
    mkdirSync(file, { recursive: true });
    const log = make(faults);
    log.add(entry('a'));
    log.add(entry('b'));
    expect(faults).toEqual([expect.stringContaining('EISDIR')]);
    rmdirSync(file);
    log.add(entry('c'));
    log.add(entry('d'));
    expect(faults).toEqual([expect.stringContaining('EISDIR'), 2]);
    expect(messages()).toEqual(['c', 'd']);
    expect(log.entries.map(({ message }) => message)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('stands it that what it says of its fault comes to it too', () => {
    mkdirSync(file, { recursive: true });
    const log: ClusterLog = new ClusterLog({
      file,
      onFault: (fault) => log.add(entry(fault === undefined ? 'resumed' : 'paused')),
    });
    open.push(log);
    log.add(entry('a'));
    log.add(entry('b'));
    rmdirSync(file);
    log.add(entry('c'));
    expect(log.entries.map(({ message }) => message)).toEqual(['a', 'paused', 'b', 'c', 'resumed']);
    expect(messages()).toEqual(['c', 'resumed']);
  });
});
