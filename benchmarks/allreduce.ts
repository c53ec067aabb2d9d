import { installedPeers, provisionPeers } from '@tandem/tests/peers';
import { execa } from 'execa';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './median.js';
import { Rendezvous } from './rendezvous.js';

// All-reduce of the paper's AlexNet gradients, 60,965,224 float32 (244 MB), by PyTorch's gloo and by Tandem: through TCP, as between
// machines, and through the memory that ranks on one machine share, as float32 and as bfloat16, and in the plain ring's order.
// 2 ranks on a core each and 4 ranks on the same two, in turn in one go. `npm run bench:allreduce -- --rounds 3`; `--only` takes
// contenders' names; `--smoke` is a short form that shows that it runs. PyTorch is installed first if it is not there (npm run parity uses it too).

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    iterations: { type: 'string', default: '5' },
    ranks: { type: 'string', default: '2,4' },
    'bucket-bytes': { type: 'string' },
    'chunk-bytes': { type: 'string' },
    only: { type: 'string' },
    smoke: { type: 'boolean', default: false },
  },
});
const rounds = flags.smoke ? 1 : Number(flags.rounds);
const iterations = flags.smoke ? 1 : Number(flags.iterations);
const worlds = flags.smoke ? [2] : flags.ranks.split(',').map(Number);
// Buffers are touched and connections opened for the first time.
const warmUp = flags.smoke ? 1 : 2;

/** Kernel and bias of each layer of the paper's network with 1000 outputs, as the backward pass has them: the last first. */
const layers = [
  [4096 * 1000, 1000],
  [4096 * 4096, 4096],
  [9216 * 4096, 4096],
  [3 * 3 * 192 * 256, 256],
  [3 * 3 * 192 * 384, 384],
  [3 * 3 * 256 * 384, 384],
  [5 * 5 * 48 * 256, 256],
  [11 * 11 * 3 * 96, 96],
];
const tensors = layers.flat().map((size) => (flags.smoke ? Math.ceil(size / 100) : size));
const elements = tensors.reduce((sum, size) => sum + size, 0);
const megabytes = (elements * Float32Array.BYTES_PER_ELEMENT) / 1e6;

/** Of one rank, a number an iteration. */
interface Timing {
  readonly wallMs: readonly number[];
  readonly cpuMs: readonly number[];
}

/** The time until the last rank was done, and the processor time of a rank in the mean: medians over the iterations. */
interface Sample {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** What Tandem is told in each row. */
const variants = {
  tcp: ['--order', 'canonical', '--shared-memory', 'off'],
  'tcp bf16': ['--order', 'canonical', '--shared-memory', 'off', '--encoding', 'bfloat16'],
  shared: ['--order', 'canonical'],
  'shared bf16': ['--order', 'canonical', '--encoding', 'bfloat16'],
  'shared fast': ['--order', 'fast'],
} as const;

type Contender = 'gloo' | keyof typeof variants;

const python = flags.smoke ? installedPeers() : provisionPeers();
const all = ['gloo', ...Object.keys(variants)] as Contender[];
const contenders = all.filter(
  (contender) =>
    (python !== undefined || contender !== 'gloo') &&
    (flags.only === undefined || flags.only.split(',').includes(contender)),
);
const rows: ReturnType<typeof summarise>[] = [];
for (const ranks of worlds) {
  const samples = new Map<Contender, Sample[]>(contenders.map((contender) => [contender, []]));
  for (let round = 1; round <= rounds; round++)
    for (const contender of contenders) {
      const sample = combine(await (contender === 'gloo' ? runGloo(ranks) : runTandem(ranks, variants[contender])));
      samples.get(contender)!.push(sample);
      process.stderr.write(
        `round ${round}, ${ranks} ranks, ${contender}: ${sample.wallMs.toFixed(0)} ms, ${sample.cpuMs.toFixed(0)} ms of a core a rank\n`,
      );
    }
  for (const contender of contenders) rows.push(summarise(ranks, contender, samples));
}
report();

function pinned(rank: number, command: string, args: readonly string[]) {
  return execa('taskset', ['-c', String(rank % cpus().length), command, ...args], { stderr: 'inherit' });
}

async function runTandem(ranks: number, told: readonly string[]): Promise<Timing[]> {
  const { rendezvous, address } = await Rendezvous.open(ranks);
  try {
    const sizes = ['--tensors', tensors.join(), '--warm-up', String(warmUp), '--iterations', String(iterations)];
    for (const key of ['bucket-bytes', 'chunk-bytes'] as const)
      if (flags[key] !== undefined) sizes.push(`--${key}`, flags[key]);
    return await outcomes(ranks, (rank) =>
      pinned(rank, process.execPath, [
        ...['--import', 'tsx', join(import.meta.dirname, 'allreduce-rank.ts'), '--coordinator', address],
        ...['--name', `worker-${rank}`, '--ranks', String(ranks), ...told, ...sizes],
      ]),
    );
  } finally {
    rendezvous.close();
  }
}

async function runGloo(ranks: number): Promise<Timing[]> {
  const port = String(await freePort());
  return outcomes(ranks, (rank) =>
    pinned(rank, python!, [
      ...[join(import.meta.dirname, 'peers/gloo_allreduce.py'), '--rank', String(rank), '--ranks', String(ranks)],
      ...['--port', port, '--elements', String(elements)],
      ...['--warm-up', String(warmUp), '--iterations', String(iterations)],
    ]),
  );
}

/** If one rank fails, the others are ended: they would wait for it. */
async function outcomes(ranks: number, start: (rank: number) => ReturnType<typeof pinned>): Promise<Timing[]> {
  const running = Array.from({ length: ranks }, (_, rank) => start(rank));
  try {
    const ended = await Promise.all(running);
    return ended.map(({ stdout }) => JSON.parse(stdout) as Timing);
  } catch (error) {
    for (const each of running) each.kill();
    await Promise.allSettled(running);
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function combine(ofRanks: readonly Timing[]): Sample {
  const each = Array.from({ length: iterations }, (_, iteration) => ({
    wallMs: Math.max(...ofRanks.map(({ wallMs }) => wallMs[iteration]!)),
    cpuMs: ofRanks.reduce((sum, { cpuMs }) => sum + cpuMs[iteration]!, 0) / ofRanks.length,
  }));
  return { wallMs: median(each.map(({ wallMs }) => wallMs)), cpuMs: median(each.map(({ cpuMs }) => cpuMs)) };
}

function summarise(ranks: number, contender: Contender, samples: ReadonlyMap<Contender, readonly Sample[]>) {
  const own = samples.get(contender)!;
  const gloo = samples.get('gloo');
  const over = (key: keyof Sample) =>
    gloo === undefined ? null : round(median(own.map((sample, at) => sample[key] / gloo[at]![key])), 3);
  const wallMs = round(median(own.map((sample) => sample.wallMs)), 1);
  const cpuMs = round(median(own.map((sample) => sample.cpuMs)), 1);
  return { ranks, contender, wallMs, cpuMs, timeOverGloo: over('wallMs'), cpuOverGloo: over('cpuMs'), rounds: own };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function report(): void {
  const print = (...cells: readonly unknown[]) =>
    process.stdout.write(`${cells.map((cell) => String(cell ?? '–').padStart(13)).join('')}\n`);
  process.stdout.write(
    `all-reduce of ${megabytes.toFixed(1)} MB, medians of ${rounds} round(s) of ${iterations} on ${cpus().length} cores\n`,
  );
  print('ranks', 'who', 'ms', 'CPU ms a rank', 'time ÷ gloo', 'CPU ÷ gloo');
  for (const row of rows) print(row.ranks, row.contender, row.wallMs, row.cpuMs, row.timeOverGloo, row.cpuOverGloo);
  const date = new Date().toISOString().slice(0, 10);
  const processor = { cores: cpus().length, model: cpus()[0]?.model, node: process.version };
  const figures = { benchmark: 'allreduce', date, elements, iterations, processor, rows };
  const line = JSON.stringify(figures);
  if (!flags.smoke && flags.only === undefined) {
    const folder = join(import.meta.dirname, 'results');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `allreduce-${date}-ranks-${worlds.join('-')}.json`), `${line}\n`);
  }
  process.stdout.write(`${line}\n`);
}
