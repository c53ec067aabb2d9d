import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const units = join(import.meta.dirname, '../../deploy/systemd');
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

describe.runIf(hasSystemd)('the systemd units', () => {
  it.each(readdirSync(units))('%s is one that systemd takes without a complaint', (name) => {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', join(units, name)], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });
});
