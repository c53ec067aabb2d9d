import { parseConfig } from '@tandem/core/config';
import { buildNetwork, NativeOperations } from '@tandem/model';
import { PhaseClock, stepPhases } from '@tandem/observability';
import { loadTensorFlow, type TensorFlow } from '@tandem/runtime';
import { LocalExchange, Replica, TrainStep } from '@tandem/training';
import { parseArgs } from 'node:util';
import { conclude, table } from './report.js';

// Where a training step's processor time goes, by TensorFlow operation: the paper's AlexNet, 1000 classes, one worker's step on
// one thread without data path and exchange. `taskset -c 0 npm run bench:operations -- --lrn off`; `--smoke` is a short form.

const { values: flags } = parseArgs({
  options: {
    lrn: { type: 'string', default: 'on' },
    batch: { type: 'string', default: '32' },
    steps: { type: 'string', default: '8' },
    smoke: { type: 'boolean', default: false },
  },
});
const rows = flags.smoke ? 2 : Number(flags.batch);
const steps = flags.smoke ? 1 : Number(flags.steps);
const WARM_UP_STEPS = flags.smoke ? 1 : 3;
const INPUT_SIZE = 227;

interface Spent {
  ms: number;
  calls: number;
}

const tf = loadTensorFlow({ threads: 1, device: 'cpu' });
const spent = measureOperations(tf);
const config = parseConfig(
  `{ model: { name: alexnet, classes: 1000, lrn: ${flags.lrn === 'on'} }, data: { format: image-folder, train: none }, training: { globalBatch: ${rows} } }`,
);
const operations = new NativeOperations(tf);
const network = buildNetwork(config.model, { channels: 3, classes: 1000 });
const trainStep = buildStep();
for (let step = 0; step < WARM_UP_STEPS; step++) await trainStep.run(() => false);
spent.clear();
const before = process.cpuUsage();
for (let step = 0; step < steps; step++) await trainStep.run(() => false);
const { user, system } = process.cpuUsage(before);
report((user + system) / 1000 / steps);

/** Counts the processor time of every operation that the addon is asked for, by its name and the shapes that it gives. */
function measureOperations(tensorflow: TensorFlow): Map<string, Spent> {
  const times = new Map<string, Spent>();
  const backend = tensorflow.backend() as unknown as { binding: NativeAddon };
  const native = backend.binding;
  const executeOp: NativeAddon['executeOp'] = (name, ...rest) => {
    const start = process.cpuUsage();
    const results = native.executeOp(name, ...rest);
    const used = process.cpuUsage(start);
    const shapes = results?.map(({ shape }) => shape.join('×')) ?? [];
    const key = [name, ...new Set(shapes)].join(' ').trim();
    const { ms, calls } = times.get(key) ?? { ms: 0, calls: 0 };
    times.set(key, { ms: ms + (used.user + used.system) / 1000, calls: calls + 1 });
    return results;
  };
  // The addon's own properties cannot be written, but inherited and shadowed.
  backend.binding = Object.create(native, { executeOp: { value: executeOp } }) as NativeAddon;
  return times;
}

interface NativeAddon {
  executeOp(name: string, ...rest: unknown[]): { readonly shape: readonly number[] }[] | undefined;
}

function buildStep(): TrainStep {
  const images = Float32Array.from({ length: rows * INPUT_SIZE ** 2 * 3 }, (_, index) => Math.sin(index * 13) * 40);
  const labels = Int32Array.from({ length: rows }, (_, row) => (row * 37) % 1000);
  const indices = Uint32Array.from(labels.keys());
  let step = 0;
  const batch = { epoch: 1, samples: rows, firstRow: 0, segments: [rows], images, labels, indices };
  const next = () => Promise.resolve({ ...batch, step: ++step, release: () => undefined });
  // As `exchange.dense: auto` decides for two workers with 32 images each.
  const factors = ['fc6', 'fc7', 'fc8'];
  const exchange = new LocalExchange({
    ...{ operations, network, factors, globalBatch: rows, microBatches: 1, encoding: 'float32' },
  });
  return new TrainStep({
    ...{ config, exchange, batches: { next }, firstMicroBatch: 0, stepsPerEpoch: 1e6, totalSteps: 1e6 },
    replica: new Replica(network, operations, config),
    clock: new PhaseClock(stepPhases),
    evaluations: { errors: [], samples: 0 },
  });
}

function report(stepMs: number): void {
  const sorted = [...spent].sort(([, one], [, other]) => other.ms - one.ms);
  const lines = sorted.map(([name, { ms, calls }]) => [name, calls / steps, ms / steps, ms / steps / stepMs] as const);
  const shown = lines.slice(0, 30);
  const rest = lines.slice(30).reduce((sum, [, , ms]) => sum + ms, 0);
  const outside = stepMs - lines.reduce((sum, [, , ms]) => sum + ms, 0);
  process.stdout.write(
    `LRN ${flags.lrn}, ${rows} images, ${steps} steps: ${stepMs.toFixed(0)} ms of processor time a step\n\n`,
  );
  const tail = [
    ['all other operations', null, rest, rest / stepMs] as const,
    ['JavaScript, copies, handles', null, outside, outside / stepMs] as const,
  ];
  process.stdout.write(`${table(['operation and result', 'calls', 'ms a step', 'part'], [...shown, ...tail])}\n`);
  const result = {
    lrn: flags.lrn,
    rows,
    steps,
    stepMs,
    operations: Object.fromEntries(lines.map(([name, , ms]) => [name, ms])),
  };
  conclude(`operations-lrn-${flags.lrn}`, result, flags.smoke);
}
