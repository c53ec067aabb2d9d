import { installedPeers, provisionPeers } from '@tandem/tests/peers';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { contest, contestRecord, contestTables, type Contender } from './contest.js';
import { paperConfig, writeImages } from './paper-network.js';
import { conclude } from './report.js';
import { measureTandem } from './tandem-run.js';
import { fastestForm, runPeer } from './training-peer.js';

/** A framework that trains the same network. */
export interface Peer {
  readonly name: string;
  /** In `peers/`. */
  readonly script: string;
  /** How it can compute; the fastest on one core is taken. */
  readonly forms: readonly string[];
}

const CLASSES = 1000;

/**
 * The paper's AlexNet (227×227, 1000 classes, local batch 32) trained by Tandem and by peers, one core a worker, with LRN and
 * without, in turn in one go: `--rounds 3 --steps 12 --lrn on,off --compression none`; `--smoke` is a short form that shows that it runs. Peers
 * are installed first if they are not there (npm run parity uses them too).
 *
 * Peers have their images ready in memory; Tandem decodes and crops JPEGs on the same core.
 */
export async function trainingBenchmark(
  name: string,
  worlds: readonly number[],
  peers: readonly Peer[],
): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      steps: { type: 'string', default: '12' },
      lrn: { type: 'string', default: 'on,off' },
      compression: { type: 'string', default: 'none' },
      smoke: { type: 'boolean', default: false },
    },
  });
  const { smoke, compression } = flags;
  const rounds = smoke ? 1 : Number(flags.rounds);
  const steps = { warmUpSteps: smoke ? 1 : 4, measuredSteps: smoke ? 2 : Number(flags.steps) };
  const localBatch = smoke ? 2 : 32;
  const lrns = (smoke ? 'off' : flags.lrn).split(',');
  const scratch = mkdtempSync(join(tmpdir(), `tandem-bench-${name}-`));
  try {
    const images = join(scratch, 'images');
    await writeImages(images);
    const python = smoke ? installedPeers() : provisionPeers();
    const versions: Record<string, string> = {};
    const forms: Record<string, string> = {};
    const tandem: Contender = {
      name: 'Tandem',
      run: ({ lrn, workers, round }) =>
        measureTandem({
          folder: join(scratch, `run-${lrn}-${round}-${workers}`),
          config: paperConfig({ images, lrn: lrn === 'on', localBatch, workers, exchange: { compression } }),
          ...{ workers, globalBatch: localBatch * workers, ...steps },
        }),
    };
    const contenderOf = ({ name: peer, script, forms: choices }: Peer): Contender => ({
      name: peer,
      run: async ({ lrn, workers }) => {
        const run = { python: python!, script, localBatch, ...steps, classes: CLASSES, lrn };
        const form = (forms[`${peer}, LRN ${lrn}`] ??= smoke ? choices[0]! : await fastestForm(run, choices));
        const { figures, version } = await runPeer({ ...run, form, ranks: workers });
        versions[peer] = version;
        return figures;
      },
    });
    const there = python === undefined ? [] : peers;
    const contenders = [tandem, ...there.map(contenderOf)];
    const results = await contest({ contenders, lrns, worlds, rounds });
    const print = (text: string) => process.stdout.write(`${text}\n`);
    print(
      `paper AlexNet, ${CLASSES} classes, local batch ${localBatch}, one core a worker, ${rounds} round(s); medians\n`,
    );
    if (there.length === 0) print(`The peers are not installed (npm run bench:${name} installs them): Tandem alone.\n`);
    for (const result of results) print(`LRN ${result.lrn}\n\n${contestTables(result)}`);
    const settings = { localBatch, classes: CLASSES, rounds, ...steps, compression, worlds };
    conclude(name, { ...settings, versions, forms, results: results.map(contestRecord) }, smoke);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
