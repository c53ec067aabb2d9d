import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { RunningTandem } from './tandem.js';

/** A folder for one spec file, removed at its end; processes that a test leaves are killed after it. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-test-'));
  afterEach(() => RunningTandem.killAll());
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
