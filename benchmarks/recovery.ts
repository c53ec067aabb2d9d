import { provisionPeers } from '@tandem/tests/peers';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeIdxDataset } from '@tandem/tests/data-sets';
import { median } from './median.js';
import { paperConfig, writeImages } from './paper-network.js';
import { figuresOf, type RecoveryFigures } from './recovery/figures.js';
import { RECOVERY_TIMEOUT_MS, type Side } from './recovery/side.js';
import { smallJob, tandemSide } from './recovery/tandem-side.js';
import { torchrunSide } from './recovery/torchrun-side.js';
import { conclude, table } from './report.js';

// What it costs when one of three workers is killed: Tandem beside torchrun elastic, the same small network and batch, a checkpoint
// every 10 steps, the same kill, in turn in each round. `npm run bench:recovery -- --rounds 5`; `--smoke` is a short form that shows
// that it runs. PyTorch is installed first if it is not there (npm run parity uses it too). `--network alexnet` is the paper's AlexNet, 24
// images a step, Tandem alone.

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    network: { type: 'string', default: 'small' },
    smoke: { type: 'boolean', default: false },
  },
});
const { network } = flags;
if (network !== 'small' && network !== 'alexnet') throw new Error('--network is small or alexnet');
const rounds = flags.smoke ? 1 : Number(flags.rounds);
const GLOBAL_BATCH = network === 'small' ? 48 : 24;
/** Checkpoints are after steps that 10 divides: the rounds are killed at other places between two of them. */
const FIRST_KILL = network === 'alexnet' ? 12 : flags.smoke ? 5 : 30;
const killStepOf = (round: number) => FIRST_KILL + ((round * 3) % 10);

const scratch = mkdtempSync(join(tmpdir(), 'tandem-bench-recovery-'));
try {
  // The short form is of Tandem alone: torchrun may take its whole limit.
  const python = flags.smoke || network === 'alexnet' ? undefined : provisionPeers();
  const sides: Side[] = [tandemSide(await makeJob())];
  if (python !== undefined) sides.push(torchrunSide(python, GLOBAL_BATCH));
  const samples = new Map<string, RecoveryFigures[]>(sides.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++)
    for (const { name, run } of sides) {
      const recovery = await run(join(scratch, `${name}-${round}`), killStepOf(round));
      if (recovery === undefined) {
        process.stderr.write(`round ${round}, ${name}: no recovery within ${RECOVERY_TIMEOUT_MS / 1000} s\n`);
        continue;
      }
      const figures = figuresOf(recovery);
      samples.get(name)!.push(figures);
      const { withoutProgressMs, stepsAgain } = figures;
      process.stderr.write(
        `round ${round}, ${name}: ${(withoutProgressMs / 1000).toFixed(2)} s without progress, ${stepsAgain} steps again\n`,
      );
    }
  report(samples);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** The sections of a configuration that say what is trained, and its data. */
async function makeJob(): Promise<string> {
  const data = join(scratch, 'data');
  if (network === 'small') {
    makeIdxDataset(data, { train: 960, evaluation: 10 });
    return smallJob(data, GLOBAL_BATCH);
  }
  await writeImages(data);
  return paperConfig({ images: data, lrn: true, localBatch: GLOBAL_BATCH / 3, workers: 3 });
}

function report(samples: ReadonlyMap<string, readonly RecoveryFigures[]>): void {
  const medians = new Map(Array.from(samples, ([name, of]) => [name, mediansOf(of)]));
  const keys = [...new Set([...medians.values()].flatMap((of) => Object.keys(of)))] as (keyof RecoveryFigures)[];
  process.stdout.write(
    `One of three workers killed with SIGKILL, ${rounds} round(s); medians of those that recovered within ${RECOVERY_TIMEOUT_MS / 1000} s\n\n`,
  );
  process.stdout.write(
    table(
      ['figure', ...samples.keys()],
      [
        ['recovered', ...Array.from(samples.values(), (of) => `${of.length} of ${rounds}`)],
        ...keys.map((key) => [key, ...Array.from(medians.values(), (of) => of[key] ?? null)]),
      ],
    ),
  );
  const sides = Object.fromEntries(
    Array.from(samples, ([name, of]) => [name, { recovered: of.length, medians: medians.get(name)!, rounds: of }]),
  );
  conclude(
    network === 'small' ? 'recovery' : 'recovery-alexnet',
    { globalBatch: GLOBAL_BATCH, checkpointEvery: 10, rounds, sides },
    flags.smoke,
  );
}

/** None of what never recovered. */
function mediansOf(of: readonly RecoveryFigures[]): Partial<RecoveryFigures> {
  const keys = Object.keys(of[0] ?? {}) as (keyof RecoveryFigures)[];
  const entries = keys.map((key) => [key, median(of.map((figures) => figures[key]))]);
  return Object.fromEntries(entries) as Partial<RecoveryFigures>;
}
