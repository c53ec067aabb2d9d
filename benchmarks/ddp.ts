import { installedPeers, provisionPeers } from '@tandem/tests/peers';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { paperConfig, writeImages } from './paper-network.js';
import { endOf, freePort, startPinned } from './pinned-processes.js';
import { conclude, table } from './report.js';
import { combinePeers, medians, pairedRatio, type PeerFigures, type StepFigures } from './step-figures.js';
import { measureTandem, type TandemFigures } from './tandem-run.js';

// Training the paper's AlexNet (227×227, 1000 classes, local batch 32) on one and two workers of one core each, by Tandem and by PyTorch's
// DistributedDataParallel on gloo, with LRN and without, in turn in one go. `npm run bench:ddp -- --rounds 3`; `--smoke` is a short
// form that shows that it runs. PyTorch is installed first if it is not there (npm run parity uses it too).
//
// The peer has its images ready in memory; Tandem decodes and crops JPEGs on the same core.

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '12' },
    lrn: { type: 'string', default: 'on,off' },
    compression: { type: 'string', default: 'none' },
    smoke: { type: 'boolean', default: false },
  },
});
const rounds = flags.smoke ? 1 : Number(flags.rounds);
const measuredSteps = flags.smoke ? 2 : Number(flags.steps);
const warmUpSteps = flags.smoke ? 1 : 4;
const localBatch = flags.smoke ? 2 : 32;
const lrns = (flags.smoke ? 'off' : flags.lrn).split(',');
const worlds = [2, 1];
const CLASSES = 1000;

type PeerForm = 'contiguous' | 'channels-last';
interface Peer {
  readonly python: string;
  readonly form: PeerForm;
}
interface Pair {
  readonly tandem: TandemFigures[];
  readonly ddp: StepFigures[];
}

const scratch = mkdtempSync(join(tmpdir(), 'tandem-bench-ddp-'));
let version: string | undefined;
try {
  await writeImages(join(scratch, 'images'));
  const python = flags.smoke ? installedPeers() : provisionPeers();
  const forms: Record<string, PeerForm> = {};
  const results = new Map<string, Map<number, Pair>>();
  for (const lrn of lrns) {
    const peer = python === undefined ? undefined : { python, form: await fasterForm(python, lrn) };
    if (peer !== undefined) forms[lrn] = peer.form;
    results.set(lrn, await contest(lrn, peer));
  }
  report(results, forms);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** Rounds of both sides, each pair one right after the other. */
async function contest(lrn: string, peer: Peer | undefined): Promise<Map<number, Pair>> {
  const pairs = new Map<number, Pair>(worlds.map((workers) => [workers, { tandem: [], ddp: [] }]));
  for (let round = 1; round <= rounds; round++)
    for (const [workers, { tandem, ddp }] of pairs) {
      const where = `round ${round}, LRN ${lrn}, ${workers} worker(s)`;
      if (peer !== undefined) {
        ddp.push(await runDdp(peer, lrn, workers, { warmUpSteps, measuredSteps }));
        say(`${where}, DDP`, ddp.at(-1)!);
      }
      tandem.push(
        await measureTandem({
          folder: join(scratch, `run-${lrn}-${round}-${workers}`),
          config: paperConfig({
            ...{ images: join(scratch, 'images'), lrn: lrn === 'on', localBatch, workers },
            exchange: { compression: flags.compression },
          }),
          ...{ workers, globalBatch: localBatch * workers, warmUpSteps, measuredSteps },
        }),
      );
      say(`${where}, Tandem`, tandem.at(-1)!);
    }
  return pairs;
}

function say(where: string, { imagesPerSecond, imagesPerCoreSecond }: StepFigures): void {
  const [clock, core] = [imagesPerSecond.toFixed(1), imagesPerCoreSecond.toFixed(1)];
  process.stderr.write(`${where}: ${clock} images/s, ${core} a core-second\n`);
}

/** The peer's memory layout with which one worker has more images a core-second. */
async function fasterForm(python: string, lrn: string): Promise<PeerForm> {
  if (flags.smoke) return 'contiguous';
  const rates: [number, PeerForm][] = [];
  for (const form of ['contiguous', 'channels-last'] as const) {
    const figures = await runDdp({ python, form }, lrn, 1, { warmUpSteps: 1, measuredSteps: 4 });
    say(`trial, LRN ${lrn}, ${form}`, figures);
    rates.push([figures.imagesPerCoreSecond, form]);
  }
  return rates.sort(([one], [other]) => other - one)[0]![1];
}

async function runDdp(
  { python, form }: Peer,
  lrn: string,
  ranks: number,
  steps: { readonly warmUpSteps: number; readonly measuredSteps: number },
): Promise<StepFigures> {
  const port = String(await freePort());
  const started = Array.from({ length: ranks }, (_, rank) =>
    startPinned(rank, python, [
      ...[join(import.meta.dirname, 'peers/ddp_step.py'), '--rank', String(rank), '--ranks', String(ranks)],
      ...['--port', port, '--batch', String(localBatch), '--classes', String(CLASSES), '--lrn', lrn, '--form', form],
      ...['--warm-up', String(steps.warmUpSteps), '--steps', String(steps.measuredSteps)],
    ]),
  );
  const figures = (await endOf(started)).map((line) => JSON.parse(line) as PeerFigures);
  version = figures[0]!.version;
  return combinePeers(figures, localBatch);
}

function report(results: ReadonlyMap<string, ReadonlyMap<number, Pair>>, forms: Record<string, PeerForm>): void {
  const print = (text: string) => process.stdout.write(`${text}\n`);
  const measured = [...results].map(([lrn, pairs]) => [lrn, compare(pairs)] as const);
  print(`paper AlexNet, ${CLASSES} classes, local batch ${localBatch}, one core a worker, ${rounds} round(s)\n`);
  if (version === undefined) print('PyTorch is not installed (npm run bench:ddp installs it): Tandem alone.\n');
  for (const [lrn, { figures, ratios }] of measured) {
    print(`LRN ${lrn}${forms[lrn] === undefined ? '' : `, DDP ${forms[lrn]}`}; medians\n`);
    const columns = figures.flatMap(({ workers, tandem, ddp }) => [
      { head: `Tandem, ${workers}`, of: tandem },
      ...(ddp === null ? [] : [{ head: `DDP, ${workers}`, of: ddp }]),
    ]);
    const keys = [...new Set(columns.flatMap(({ of }) => Object.keys(of)))];
    const rows = keys.map((key) => [key, ...columns.map(({ of }) => (of as Record<string, number>)[key] ?? null)]);
    print(table(['figure', ...columns.map(({ head }) => head)], rows));
    print(table(['ratio, median of rounds', 'value'], Object.entries(ratios)));
  }
  const settings = { localBatch, classes: CLASSES, rounds, measuredSteps, compression: flags.compression };
  const lrn = Object.fromEntries(measured);
  conclude('ddp', { ...settings, peer: version ?? null, forms, lrn }, flags.smoke);
}

function compare(pairs: ReadonlyMap<number, Pair>) {
  const common = ['imagesPerSecond', 'imagesPerCoreSecond', 'stepMs', 'peakMemoryMb'] as const;
  const own = ['computeMs', 'exchangeMs', 'updateMs', 'bytesSent', 'coordinatorCpuMs', 'coordinatorShare'] as const;
  const figures = [...pairs].map(([workers, { tandem, ddp }]) => ({
    workers,
    tandem: medians(tandem, [...common, ...own]),
    ddp: ddp.length === 0 ? null : medians(ddp, common),
  }));
  const [two, one] = [pairs.get(2)!, pairs.get(1)!];
  const ratios: Record<string, number> = {};
  for (const key of ['imagesPerSecond', 'imagesPerCoreSecond', 'peakMemoryMb'] as const)
    for (const [workers, { tandem, ddp }] of pairs)
      if (ddp.length > 0)
        ratios[`${key}, Tandem ÷ DDP, ${workers} worker(s)`] = pairedRatio(tandem, ddp, (sample) => sample[key]);
  for (const [name, side] of [['Tandem', 'tandem'] as const, ['DDP', 'ddp'] as const])
    if (two[side].length > 0) {
      const efficiency = (key: 'imagesPerSecond' | 'imagesPerCoreSecond', workers: number) =>
        pairedRatio<StepFigures, StepFigures>(two[side], one[side], (sample) => sample[key]) / workers;
      ratios[`efficiency of ${name}'s two workers by the clock`] = efficiency('imagesPerSecond', 2);
      ratios[`efficiency of ${name}'s two workers by core-seconds`] = efficiency('imagesPerCoreSecond', 1);
    }
  return { figures, ratios, rounds: Object.fromEntries(pairs) };
}
