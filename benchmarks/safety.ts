/**
 * What looking after a run costs on the paper's AlexNet, one core, beside nothing else: how long training stands still for a
 * checkpoint, and what comparing replicas and checking gradients take. `npm run bench:safety [-- --smoke]`.
 */
import { parseConfig } from '@tandem/core/config';
import { buildNetwork, NativeOperations } from '@tandem/model';
import { loadTensorFlow } from '@tandem/runtime';
import { areSurelyFinite, Replica } from '@tandem/training';
import { median } from './median.js';
import { conclude, table } from './report.js';

const smoke = process.argv.includes('--smoke');
const ROUNDS = smoke ? 1 : 15;
const config = parseConfig(
  `model: { name: alexnet, variant: paper, classes: 1000${smoke ? ', width: 0.1' : ''} }\ndata: { format: image-folder, train: none }`,
);
const tf = loadTensorFlow({ threads: 1, device: 'cpu' });
const operations = new NativeOperations(tf);
const network = buildNetwork(config.model, { classes: 1000, channels: 3 });
const replica = new Replica(network, operations, config);

const snapshot = new SharedArrayBuffer(replica.stateBytes);
const gradients = network.parameters.map(({ shape }) => operations.fill(shape, 1e-3));
const dense = network.factorLayers;
const isDense = new Set(dense.flatMap(({ parameters }) => parameters));
const GLOBAL_BATCH = 64;
const factors = dense.map(
  ({ inputs, outputs }) =>
    [operations.fill([GLOBAL_BATCH, inputs], 1e-3), operations.fill([GLOBAL_BATCH, outputs], 1e-3)] as const,
);
const notDense = gradients.filter((_, index) => !isDense.has(index));

const works: readonly (readonly [what: string, work: () => void])[] = [
  ['checkpoint: checksums of weights and momenta', () => replica.checksums(true)],
  ['checkpoint: copy of weights and momenta', () => replica.snapshot(snapshot)],
  ['for comparison: SHA-256 of the weights', () => replica.parameterDigests()],
  ['for comparison: copy of weights and momenta, each read as a whole', copyWhole],
  ['compare replicas: checksums of the weights', () => replica.checksums(false)],
  ['check gradients, dense ones as factors of 64 rows', () => areSurelyFinite(operations, notDense, factors)],
  ['check gradients, all as sums', () => areSurelyFinite(operations, gradients, [])],
];

function copyWhole(): void {
  const target = new Float32Array(snapshot);
  let offset = 0;
  for (const store of [replica.weights, replica.velocities])
    for (const index of network.parameters.keys()) {
      const tensor = store.read(index);
      const values = operations.read(tensor);
      target.set(values, offset);
      offset += values.length;
      tensor.dispose();
    }
}

/** The first time finds memory that nobody has touched. */
const times = works.map(([, work]) => Array.from({ length: ROUNDS + 1 }, () => milliseconds(work)).slice(1));
function milliseconds(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const rows = works.map(([what], index) => ({ what, ms: median(times[index]!), least: Math.min(...times[index]!) }));
process.stdout.write(
  table(
    ['', 'ms, median', 'ms, least'],
    rows.map(({ what, ms, least }) => [what, ms, least]),
  ),
);
conclude('safety', { parameters: network.parameterCount, rounds: ROUNDS, rows }, smoke);
