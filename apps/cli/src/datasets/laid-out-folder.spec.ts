import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { layOut } from './laid-out-folder.js';

const identity = { dataset: 'toy', version: '1', layout: 1, licence: 'MIT' };
let root: string;
let target: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tandem-data-'));
  target = join(root, 'below/toy');
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const build = (folder: string) => {
  mkdirSync(join(folder, 'train/a'), { recursive: true });
  writeFileSync(join(folder, 'train/a/1.png'), 'image');
  return Promise.resolve({ 'train/a': 1 });
};
const siblings = () => readdirSync(join(root, 'below'));

describe('layOut', () => {
  it('builds once, and finds what it built', async () => {
    const builder = vi.fn(build);
    const manifest = { ...identity, files: 1, bytes: 5, counts: { 'train/a': 1 } };
    expect(await layOut(target, identity, builder)).toEqual({ manifest, found: false });
    expect(await layOut(target, identity, builder)).toEqual({ manifest, found: true });
    expect(builder).toHaveBeenCalledTimes(1);
    expect(JSON.parse(readFileSync(join(target, 'manifest.json'), 'utf8'))).toEqual(manifest);
    expect(siblings()).toEqual(['toy']);
  });

  it('leaves nothing where building fails', async () => {
    await expect(layOut(target, identity, () => Promise.reject(new Error('no network')))).rejects.toThrow('no network');
    expect(siblings()).toEqual([]);
  });

  it('builds again what lost a file, or is of another version', async () => {
    await layOut(target, identity, build);
    rmSync(join(target, 'train/a/1.png'));
    expect(await layOut(target, identity, build)).toMatchObject({ found: false });
    expect(existsSync(join(target, 'train/a/1.png'))).toBe(true);
    expect(await layOut(target, { ...identity, version: '2' }, build)).toMatchObject({
      manifest: { version: '2' },
      found: false,
    });
    expect(siblings()).toEqual(['toy']);
  });

  it('does not trust, and removes, what a killed process left; leaves a living one’s alone', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const partial = (pid: number) => join(root, 'below', `toy.partial-${hostname()}-${pid}`);
    for (const pid of [dead, process.ppid]) mkdirSync(join(partial(pid), 'train'), { recursive: true });
    expect(await layOut(target, identity, build)).toMatchObject({ found: false });
    expect(existsSync(partial(dead))).toBe(false);
    expect(existsSync(partial(process.ppid))).toBe(true);
  });

  it('takes the work of another process that was quicker', async () => {
    const other = async (folder: string) => {
      mkdirSync(target, { recursive: true });
      await build(target);
      writeFileSync(
        join(target, 'manifest.json'),
        JSON.stringify({ ...identity, files: 1, bytes: 5, counts: { 'train/a': 1 } }),
      );
      return build(folder);
    };
    expect(await layOut(target, identity, other)).toMatchObject({ found: false });
    expect(await layOut(target, identity, build)).toMatchObject({ found: true });
  });

  it('takes an empty folder', async () => {
    mkdirSync(target, { recursive: true });
    expect(await layOut(target, identity, build)).toMatchObject({ found: false });
  });

  it('touches nothing that is not its own', async () => {
    mkdirSync(target, { recursive: true });
    writeFileSync(join(target, 'thesis.txt'), 'mine');
    const refusal = layOut(target, identity, build);
    await expect(refusal).rejects.toMatchObject({ code: 'TANDEM_DATA_OCCUPIED', where: target, exitCode: 2 });
    await expect(refusal).rejects.toThrow('has 1 entries that Tandem did not put there');
    expect(readdirSync(target)).toEqual(['thesis.txt']);
    const file = join(root, 'file');
    writeFileSync(file, '');
    await expect(layOut(file, identity, build)).rejects.toMatchObject({ code: 'TANDEM_DATA_OCCUPIED' });
  });
});
