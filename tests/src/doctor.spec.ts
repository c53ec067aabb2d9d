import type { Diagnosis } from '@tandem/runtime';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { scratchFolder } from './support/scratch.js';
import { RunningTandem, tandem } from './support/tandem.js';

const scratch = scratchFolder();
afterEach(() => RunningTandem.killAll());

describe('tandem doctor', () => {
  it('finds this machine ready', async () => {
    const { exitCode, output } = await tandem(['doctor']);
    expect(output).toMatch(/^Tandem +0\.1\.0\n/);
    expect(output).toMatch(/^TensorFlow +2\.21\.0/m);
    expect(output).toMatch(/\nTraining can run here\.\n$/);
    expect(exitCode).toBe(0);
  });

  it('says the same as JSON, and nothing else', async () => {
    const { exitCode, output } = await tandem(['doctor', '--json']);
    const diagnosis = JSON.parse(output) as Diagnosis;
    expect(diagnosis).toMatchObject({ ok: true, versions: { node: process.versions.node, tfjs: '4.22.0' } });
    expect(diagnosis.devices[0]).toMatchObject({ device: 'cpu', usable: true });
    expect(exitCode).toBe(0);
  });

  it('says what is missing and ends with 2 where nothing is set up', async () => {
    const environment = { TANDEM_CACHE: join(scratch, 'empty-cache'), TANDEM_LIBTENSORFLOW: '' };
    const { exitCode, output } = await tandem(['doctor'], environment);
    expect(output).toContain('error [TANDEM_RUNTIME_MISSING]');
    expect(output).toContain('tandem setup');
    expect(output).toMatch(/^engine native +not usable$/m);
    expect(output).toMatch(
      /^engine wasm +the small network, others if told to; on one core, several times as slow \(4\.22\.0\)$/m,
    );
    expect(exitCode).toBe(2);
  });
});

it('tandem setup has nothing left to do, and says where it is', async () => {
  const { exitCode, output } = await tandem(['setup']);
  expect(output).toMatch(/^TensorFlow \S+ \(\w+\) is ready in \S+\n$/);
  expect(exitCode).toBe(0);
});
