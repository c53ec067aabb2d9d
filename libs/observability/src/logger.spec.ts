import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { LogEntry } from './log-entry.js';
import { createLogger } from './logger.js';
import { isForCluster } from './milestones.js';

it('writes what its level lets through, also when the level is lowered later', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-logger-'));
  try {
    const file = join(folder, 'log.jsonl');
    const log = createLogger({ name: 'worker-1', level: 'info', file });
    log.debug({ event: 'step' }, 'before');
    log.level = 'debug';
    log.debug({ event: 'step' }, 'after');
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([{ msg: 'after', name: 'worker-1' }]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('lets others hear what it writes from info on, without secrets, and most of it is for the process alone', () => {
  const heard: LogEntry[] = [];
  const log = createLogger({ name: 'worker-1', level: 'debug', hear: (entry) => heard.push(entry) });
  log.debug({ event: 'step' }, 'one');
  log.info({ event: 'state.copying' }, 'two');
  Object.assign(log.context, { generation: 2, rank: 1, step: 3 });
  log.info({ event: 'generation.entered', token: 'secret' }, 'three');
  log.warn({ event: 'step.not-finite' }, 'four');
  expect(heard.map(({ message }) => message)).toEqual(['two', 'three', 'four']);
  expect(JSON.stringify(heard)).not.toContain('secret');
  expect(heard[1]).toMatchObject({
    ...{ level: 'info', event: 'generation.entered', process: 'worker-1', pid: process.pid },
    ...{ generation: 2, rank: 1, step: 3 },
  });
  expect(heard.filter(isForCluster).map(({ message }) => message)).toEqual(['three', 'four']);
});
