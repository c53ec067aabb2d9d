import type { Diagnosis } from '@tandem/runtime';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tandem } from './command.js';

describe('tandem doctor', () => {
  it('finds this machine ready', async () => {
    const { status, stdout, stderr } = await tandem(['doctor']);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^TensorFlow +2\.21\.0/m);
    expect(stdout).toMatch(/Training can run here\.\n$/);
    expect(status).toBe(0);
  });

  it('says the same as JSON', async () => {
    const { status, stdout } = await tandem(['doctor', '--json']);
    const diagnosis = JSON.parse(stdout) as Diagnosis;
    expect(diagnosis).toMatchObject({ ok: true, versions: { node: process.versions.node, tfjs: '4.22.0' } });
    expect(diagnosis.devices[0]).toMatchObject({ device: 'cpu', usable: true });
    expect(status).toBe(0);
  });

  it('says what is missing and ends with 2 where nothing is set up', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'tandem-empty-cache-'));
    try {
      const { status, stdout } = await tandem(['doctor'], { environment: { TANDEM_CACHE: cache } });
      expect(stdout).toContain('error [TANDEM_RUNTIME_MISSING]');
      expect(stdout).toContain('tandem setup');
      expect(status).toBe(2);
    } finally {
      rmSync(cache, { recursive: true });
    }
  });
});

it('tandem setup has nothing left to do, quickly and without a word on standard error', async () => {
  const { status, stdout, stderr } = await tandem(['setup']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/^TensorFlow 2\.21\.0 \(\w+\) is ready in /);
});
