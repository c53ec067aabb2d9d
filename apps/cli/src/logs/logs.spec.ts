import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogLine } from '@tandem/observability';
import { createLogger } from '@tandem/observability/logging';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { collectEvents } from './event-names.js';
import { type LogFilter, matches } from './log-filter.js';
import { LogReader } from './log-reader.js';
import { sinceMs } from './since.js';

let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'tandem-logs-'));
  mkdirSync(join(run, 'logs'));
});
afterEach(() => rmSync(run, { recursive: true }));

const line = (time: number, more: Partial<LogLine> = {}): LogLine => ({
  ...{ time, level: 30, name: 'worker-0', msg: `at ${time}`, event: 'step' },
  ...more,
});

function write(name: string, ...lines: readonly LogLine[]): void {
  appendFileSync(join(run, 'logs', name), lines.map((each) => `${JSON.stringify(each)}\n`).join(''));
}

describe('LogReader', () => {
  it('gives the lines of all processes by time, and then what is new', async () => {
    write('coordinator.jsonl', line(1), line(4));
    write('worker-0.jsonl', line(2), line(3));
    writeFileSync(join(run, 'logs/worker-0.log'), 'not JSON\n');
    const reader = new LogReader(run, () => true);
    const times = async () => (await reader.read()).map(({ time }) => time);
    expect(await times()).toEqual([1, 2, 3, 4]);
    expect(await times()).toEqual([]);
    write('worker-0.jsonl', line(5));
    write('worker-1.jsonl', line(6));
    expect(await times()).toEqual([5, 6]);
  });

  it('waits for the rest of a line, also where a character is torn', async () => {
    const reader = new LogReader(run, () => true);
    const bytes = Buffer.from(`${JSON.stringify(line(7, { msg: 'äöü' }))}\n`);
    const file = join(run, 'logs/coordinator.jsonl');
    const torn = bytes.indexOf(Buffer.from('ö')) + 1;
    writeFileSync(file, bytes.subarray(0, torn));
    expect(await reader.read()).toEqual([]);
    appendFileSync(file, bytes.subarray(torn));
    expect(await reader.read()).toMatchObject([{ msg: 'äöü' }]);
  });

  it('begins anew with a file that was replaced, and leaves out what is no line of a log', async () => {
    write('coordinator.jsonl', line(1), line(2));
    const reader = new LogReader(run, () => true);
    await reader.read();
    writeFileSync(join(run, 'logs/coordinator.jsonl'), `torn{\nnull\n${JSON.stringify(line(3))}\n`);
    expect(await reader.read()).toMatchObject([{ time: 3 }]);
  });

  it('shows of the cluster’s log what is of processes without a log there, and nothing twice', async () => {
    const coordinator = line(1, { name: 'coordinator', hostname: 'a', pid: 1 });
    const near = line(2, { name: 'worker-0', hostname: 'a', pid: 2 });
    const far = line(3, { name: 'worker-1', hostname: 'b', pid: 2, msg: 'far' });
    write('coordinator.jsonl', coordinator);
    write('worker-0.jsonl', near, line(4, { name: 'worker-0', hostname: 'a', pid: 2, level: 20 }));
    // The same name in an earlier start of the run, on another machine.
    write('cluster.jsonl', coordinator, near, far, { ...near, time: 0, hostname: 'c' });
    const reader = new LogReader(run, ({ level }) => level >= 30);
    expect(await reader.read()).toMatchObject([
      { time: 0, hostname: 'c' },
      { time: 1, name: 'coordinator' },
      { time: 2, name: 'worker-0', hostname: 'a' },
      { time: 3, name: 'worker-1' },
    ]);
    write('worker-0.jsonl', { ...near, time: 5 });
    write('cluster.jsonl', { ...near, time: 5 }, { ...far, time: 6 });
    expect((await reader.read()).map(({ time }) => time)).toEqual([5, 6]);
  });

  it('has every line of a process with its run, generation, rank and step as they were then', async () => {
    const log = createLogger({ name: 'worker-1', level: 'info', file: join(run, 'logs/worker-1.jsonl') });
    log.info({ event: 'coordinator.looked-for' }, 'first');
    Object.assign(log.context, { runId: 'r', generation: 2, rank: 1, step: 5 });
    log.info({ event: 'worker.prepared' }, 'second');
    log.warn({ event: 'worker.slow', rank: 3 }, 'third');
    const [first, second, third] = await new LogReader(run, () => true).read();
    expect(first).not.toHaveProperty('rank');
    expect(second).toMatchObject({ event: 'worker.prepared', runId: 'r', generation: 2, rank: 1, step: 5 });
    expect(third).toMatchObject({ event: 'worker.slow', rank: 3, step: 5, level: 40 });
  });
});

describe('matches', () => {
  const lost = line(100, { level: 40, event: 'worker.lost', rank: 1, name: 'coordinator' });
  const cases: [LogFilter, boolean][] = [
    [{}, true],
    [{ rank: 1 }, true],
    [{ rank: 0 }, false],
    [{ name: 'coordinator', level: 'warn' }, true],
    [{ level: 'error' }, false],
    [{ sinceMs: 100 }, true],
    [{ sinceMs: 101 }, false],
    [{ events: ['step', 'worker.lost'] }, true],
    [{ events: ['worker'] }, true],
    [{ events: ['work'] }, false],
    [{ rank: 1, events: ['step'] }, false],
  ];
  it.each(cases)('%j: %s', (filter, wanted) => {
    expect(matches(filter, lost)).toBe(wanted);
  });

  it('lets no line without a rank pass for rank 0', () => {
    expect(matches({ rank: 0 }, line(1))).toBe(false);
  });
});

describe('--event', () => {
  it('takes names of events and what they begin with', () => {
    expect(collectEvents('step', collectEvents('worker', collectEvents('worker.lost')))).toEqual([
      ...['worker.lost', 'worker', 'step'],
    ]);
  });

  it.each(['worker.vanished', 'work', 'worker.', ''])('refuses %j, which would show nothing for ever', (name) => {
    expect(() => collectEvents(name)).toThrow(/^Expected an event of docs\/events\.md/);
  });
});

describe('--since', () => {
  it.each([
    ['90s', 1_000_000 - 90_000],
    ['10m', 1_000_000 - 600_000],
    ['0.1h', 1_000_000 - 360_000],
    ['2026-11-25T22:10:00Z', Date.UTC(2026, 10, 25, 22, 10)],
  ])('takes %s', (text, expected) => {
    expect(sinceMs(text, 1_000_000)).toBe(expected);
  });

  it.each(['yesterday', '10', '10x', '', '2026-99-99'])('refuses %j', (text) => {
    expect(() => sinceMs(text)).toThrow(/^Expected 90s/);
  });
});
