import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  listCheckpoints,
  newestCheckpoint,
  readCheckpoint,
  removeLeftovers,
  retainCheckpoints,
  writeCheckpoint,
} from './index.js';
import { type Crash, Crashed, VolatileFileSystem } from './testing/volatile-file-system.js';

const run = '/run';
const content = (step: number) => ({
  ...{ step, epoch: 1, seed: 7, config: {}, tandemVersion: '0', tensorflowVersion: '0', classes: ['a', 'b'] },
  parameters: [{ name: 'fc6/kernel', shape: [4] }],
  weights: Float32Array.of(step, 1, 2, 3),
  momenta: Float32Array.of(-step, 4, 5, 6),
});
const retention = { keep: 1, keepBest: 0, errors: new Map<number, number>() };
async function checkpoint(files: VolatileFileSystem, step: number): Promise<void> {
  await writeCheckpoint(run, content(step), files);
  await retainCheckpoints(run, retention, files);
}

/** Steps 0 and 10 are written; then this happens, from the operation `first` to `last`. */
async function scenario(act: (files: VolatileFileSystem) => Promise<void>) {
  const before = async () => {
    const files = new VolatileFileSystem();
    await files.makeDirectory(run);
    await files.syncDirectory('/');
    for (const step of [0, 10]) await checkpoint(files, step);
    return files;
  };
  const whole = await before();
  const first = whole.operations + 1;
  await act(whole);
  return { before, first, last: whole.operations };
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-crash-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const crashes: Crash[] = ['killed', 'power cut', 'power cut, names first'];
const acts = [
  ['a checkpoint is written and an older one removed', [10, 20], (files) => checkpoint(files, 20)],
  ['a checkpoint is written again', [10], (files) => checkpoint(files, 10)],
] as const satisfies [string, readonly number[], (files: VolatileFileSystem) => Promise<void>][];

describe.each(acts)('while %s', (_, newest, act) => {
  it.each(crashes)('a run that is %s at any operation goes on from a whole checkpoint', async (crash) => {
    const { before, first, last } = await scenario(act);
    expect(last - first).toBeGreaterThan(10);
    const found = new Set<number>();
    for (let operation = first; operation <= last; operation++) {
      const files = await before();
      files.crashIn(operation);
      await expect(act(files)).rejects.toSatisfy(isCrash);
      const after = join(folder, String(operation));
      await files.layOut(after, crash, run);

      await removeLeftovers(after);
      const { checkpoint: offered, broken } = await newestCheckpoint(after);
      expect(broken, `operation ${operation}`).toEqual([]);
      found.add(offered!.step);
      expect((await readCheckpoint(offered!.directory)).weights[0]).toBe(offered!.step);
      const steps = (await listCheckpoints(after)).map(({ step }) => step);
      expect(await readdir(join(after, 'checkpoints'))).toHaveLength(steps.length);
      for (const { directory } of await listCheckpoints(after)) await readCheckpoint(directory);

      await writeCheckpoint(after, content(30));
      await retainCheckpoints(after, retention);
      expect((await listCheckpoints(after)).map(({ step }) => step)).toEqual([0, 30]);
    }
    expect([...found].sort((a, b) => a - b)).toEqual(newest);
  });

  it.each(['ENOSPC', 'EIO', 'EROFS', 'EDQUOT'])('%s at any operation leaves the last checkpoint', async (code) => {
    const { before, first, last } = await scenario(act);
    for (let operation = first; operation <= last; operation++) {
      const files = await before();
      files.failIn(operation, code);
      await act(files).catch(() => undefined);
      const after = join(folder, String(operation));
      // The next attempt needs no restart.
      await checkpoint(files, 30);
      await files.layOut(after, 'power cut', run);
      await removeLeftovers(after);
      expect((await newestCheckpoint(after)).checkpoint?.step).toBe(30);
    }
  });

  it('a full disk is named, and the checkpoint before stays the newest', async () => {
    const { before, first } = await scenario(act);
    const files = await before();
    // The fourth operation of a write: into the open model.safetensors.
    files.failIn(first + 3, 'ENOSPC');
    await expect(act(files)).rejects.toMatchObject({ code: 'TANDEM_CHECKPOINT_WRITE', cause: { code: 'ENOSPC' } });
    await files.layOut(folder, 'killed', run);
    expect(await readdir(join(folder, 'checkpoints'))).toEqual(['step-00000000', 'step-00000010']);
    expect((await newestCheckpoint(folder)).checkpoint?.step).toBe(10);
  });
});

function isCrash(error: unknown): boolean {
  return error instanceof Crashed || (error as Error).cause instanceof Crashed;
}
