import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLogger } from './logger.js';

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
