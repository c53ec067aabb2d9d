import { createHash } from 'node:crypto';
import { existsSync, promises as fs } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ConfigurationError } from '@tandem/core';
import type { FetchOptions } from './elpv.js';
import { type LaidOut, layOut } from './laid-out-folder.js';
import { runTool } from './run-tool.js';

const PACKAGE = 'dataset-fashion-mnist';
/** Where Debian's package puts its files. */
const INSTALLED = 'usr/share/datasets/fashion-mnist';

/** SHA-256 of the unpacked files: gzip may pack the same bytes in many ways. */
const FILES = [
  ['train', 'train-images-idx3-ubyte', 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888'],
  ['train', 'train-labels-idx1-ubyte', 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9'],
  ['eval', 't10k-images-idx3-ubyte', '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b'],
  ['eval', 't10k-labels-idx1-ubyte', '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34'],
] as const;

export const FASHION_MNIST_NOTICE = `Fashion-MNIST: MIT licence, © 2017 Zalando SE. Cite:
  Xiao, H.; Rasul, K.; Vollgraf, R. Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms.
    arXiv:1708.07747, 2017.`;

/**
 * Lays Fashion-MNIST out as `directory`/{train,eval}, IDX files unpacked: from `from`, from Debian's package where it is
 * installed, or from that package fetched with apt-get, which needs no root. Throws a ConfigurationError.
 */
export function fetchFashionMnist(directory: string, options: FetchOptions): Promise<LaidOut> {
  const identity = { dataset: 'fashion-mnist', version: '2017', layout: 1, licence: 'MIT' };
  return layOut(directory, identity, async (folder) => {
    const downloads = join(folder, 'download');
    await fs.mkdir(downloads);
    const from = options.from ?? (existsSync(`/${INSTALLED}`) ? `/${INSTALLED}` : await download(downloads, options));
    for (const [part, name, digest] of FILES) {
      options.signal?.throwIfAborted();
      await fs.mkdir(join(folder, part), { recursive: true });
      await fs.writeFile(join(folder, part, name), await readVerified(from, name, digest));
    }
    await fs.rm(downloads, { recursive: true });
    return { train: 60_000, eval: 10_000 };
  });
}

async function readVerified(from: string, name: string, digest: string): Promise<Uint8Array> {
  const file = [name, `${name}.gz`].map((each) => join(from, each)).find(existsSync);
  if (file === undefined)
    throw new ConfigurationError({
      code: 'TANDEM_DATA_MISSING',
      what: `there is no ${name} or ${name}.gz`,
      where: from,
      expected: FILES.map(([, each]) => each).join(', '),
    });
  const stored = await fs.readFile(file);
  const data = file.endsWith('.gz') ? await promisify(gunzip)(stored).catch(() => stored) : stored;
  const actual = createHash('sha256').update(data).digest('hex');
  if (actual !== digest)
    throw new ConfigurationError({
      code: 'TANDEM_DATA_DIGEST',
      what: `the unpacked file is not the published one (SHA-256 ${actual})`,
      where: file,
      expected: `SHA-256 ${digest}`,
      remedy: 'Fetch it again: it may be damaged, or of another data set of the MNIST family.',
    });
  return data;
}

/** Fetches and unpacks Debian's package; the folder with its data files. */
async function download(folder: string, { progress, signal }: FetchOptions): Promise<string> {
  progress.say(`Fetching Debian’s package ${PACKAGE} (31 MB) with apt-get`);
  const run = (args: readonly string[]) => runTool('apt-get', args, { cwd: folder, signal, show: progress.onTerminal });
  let result = await run(['download', PACKAGE]);
  if (!result.ok && !result.absent) {
    // This machine has no package lists, or old ones: take new ones, into a folder of our own, so that no root is needed.
    progress.say('Its package lists are missing or old: fetching new ones for this once');
    const state = join(folder, 'apt');
    await fs.mkdir(join(state, 'lists/partial'), { recursive: true });
    await fs.mkdir(join(state, 'cache/archives/partial'), { recursive: true });
    const own = [
      '-o',
      `Dir::State::lists=${state}/lists`,
      '-o',
      `Dir::Cache=${state}/cache`,
      '-o',
      'APT::Sandbox::User=',
    ];
    const updated = await run([...own, 'update']);
    result = updated.ok ? await run([...own, 'download', PACKAGE]) : updated;
  }
  const deb = (await fs.readdir(folder)).find((name) => name.endsWith('.deb'));
  if (!result.ok || deb === undefined)
    throw new ConfigurationError({
      code: 'TANDEM_DATA_DOWNLOAD',
      what: result.absent ? 'there is no apt-get to fetch it with' : `apt-get could not fetch it: ${result.lastLines}`,
      where: `Debian’s package ${PACKAGE}`,
      remedy: `Install that package, or fetch the four IDX files yourself and name their folder with --from.`,
    });
  const unpacked = await runTool('dpkg-deb', ['-x', deb, 'unpacked'], { cwd: folder, signal });
  if (!unpacked.ok)
    throw new ConfigurationError({
      code: 'TANDEM_DATA_DOWNLOAD',
      what: `dpkg-deb could not unpack it: ${unpacked.lastLines}`,
      where: basename(deb),
    });
  return join(folder, 'unpacked', INSTALLED);
}
