import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadClusterConfig, loadRunConfig } from './run-flags.js';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tandem-run-flags-')));
const here = join(folder, 'here');
const beside = join(folder, 'beside');
const config = join(beside, 'run.yaml');

beforeAll(() => {
  for (const data of [join(here, 'data/train'), join(beside, 'sets/eval'), join(beside, 'shards')])
    mkdirSync(data, { recursive: true });
  const lines = ['model: { name: small }', 'data: { format: idx, train: data/train, eval: sets/eval }'];
  writeFileSync(config, lines.join('\n'));
  vi.spyOn(process, 'cwd').mockReturnValue(here);
});
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function flagsOf(...set: string[]) {
  return { config, out: join(folder, 'run'), set };
}

describe('where the data is', () => {
  it('is told to workers of this machine as absolute paths', () => {
    expect(loadRunConfig(flagsOf()).data).toMatchObject({
      train: join(here, 'data/train'),
      eval: join(beside, 'sets/eval'),
    });
  });

  it('is for workers of other machines what was written, from the working directory of each, where it is not beside the configuration only', () => {
    expect(loadClusterConfig(flagsOf()).data).toMatchObject({ train: 'data/train', eval: join(beside, 'sets/eval') });
  });

  it.each([loadRunConfig, loadClusterConfig])('stays as it was written where it is not on this machine: %o', (load) => {
    expect(load(flagsOf('data.train=/elsewhere/train', 'data.eval=elsewhere/eval')).data).toMatchObject({
      train: '/elsewhere/train',
      eval: 'elsewhere/eval',
    });
  });

  it.each([loadRunConfig, loadClusterConfig])('may be a pattern of shards beside the configuration: %o', (load) => {
    const { train } = load(flagsOf('data.format=webdataset', 'data.train=shards/train-*.tar')).data;
    expect(train).toBe(join(beside, 'shards/train-*.tar'));
  });
});
