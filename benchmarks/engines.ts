import { parseArgs } from 'node:util';
import { microBatchSizes, RandomStream, StreamPurpose } from '@tandem/core';
import { parseConfig } from '@tandem/core/config';
import type { Batch } from '@tandem/dataset';
import { buildNetwork, type Engine, NativeOperations, WasmOperations } from '@tandem/model';
import { PhaseClock, stepPhases } from '@tandem/observability';
import { loadTensorFlow, loadWasm } from '@tandem/runtime';
import { LocalExchange, Replica, TrainStep } from '@tandem/training';
import { median } from './median.js';
import { conclude, table } from './report.js';

// What the WebAssembly engine costs: the small network's training step on one core beside the native engine's, the same batches in
// turn, and both losses. `taskset -c 0 npm run bench:engines`; `--smoke` is a short form. Times are of the processor, not of the clock.

const { values: flags } = parseArgs({
  options: {
    batch: { type: 'string', default: '64' },
    steps: { type: 'string', default: '300' },
    smoke: { type: 'boolean', default: false },
  },
});
const rows = flags.smoke ? 4 : Number(flags.batch);
const steps = flags.smoke ? 3 : Number(flags.steps);
const WARM_UP_STEPS = flags.smoke ? 1 : 20;
const MICRO_BATCHES = 2;
const SIZE = 28;
const CLASSES = 10;
const SAMPLES = 620;

const config = parseConfig(
  `{ model: { name: small, dropout: 0.5 }, data: { format: idx, train: none }, training: { globalBatch: ${rows}, microBatches: ${MICRO_BATCHES}, seed: 7 }, optimizer: { learningRate: 0.02 } }`,
);
const network = buildNetwork(config.model, { channels: 1, classes: CLASSES });
const engines: readonly Engine[] = [
  new NativeOperations(loadTensorFlow({ threads: 1, device: 'cpu' })),
  new WasmOperations(await loadWasm()),
];
const runs = engines.map((engine) => ({ engine, step: buildStep(engine), losses: [] as number[], ms: [] as number[] }));
for (let step = 0; step < steps; step++)
  for (const { step: trainStep, losses, ms } of runs) {
    const before = process.cpuUsage();
    const { loss } = await trainStep.run(() => false);
    const { user, system } = process.cpuUsage(before);
    losses.push(loss);
    if (step >= WARM_UP_STEPS) ms.push((user + system) / 1000);
  }
report();

function buildStep(engine: Engine): TrainStep {
  let step = 0;
  const exchange = new LocalExchange({
    ...{
      operations: engine,
      network,
      factors: [],
      globalBatch: rows,
      microBatches: MICRO_BATCHES,
      encoding: 'float32',
    },
  });
  return new TrainStep({
    ...{ config, exchange, firstMicroBatch: 0, stepsPerEpoch: 1e6, totalSteps: 1e6 },
    batches: { next: () => Promise.resolve(batchOf(++step)) },
    replica: new Replica(network, engine, config),
    clock: new PhaseClock(stepPhases),
    evaluations: { errors: [], samples: 0 },
  });
}

/** A stripe whose place says the class, under noise, as in the tests: something to learn. */
function batchOf(step: number): Batch {
  const samples = Uint32Array.from({ length: rows }, (_, row) => ((step - 1) * rows + row) % SAMPLES);
  const labels = Int32Array.from(samples, (sample) => sample % CLASSES);
  const images = new Float32Array(rows * SIZE * SIZE);
  for (const [row, sample] of samples.entries()) {
    const random = new RandomStream(99, StreamPurpose.split, sample);
    for (let at = 0; at < SIZE * SIZE; at++) {
      const inStripe = Math.floor((Math.floor(at / SIZE) * CLASSES) / SIZE) === labels[row];
      images[row * SIZE * SIZE + at] = ((inStripe ? 150 : 0) + random.below(100) - 65) / 255;
    }
  }
  const segments = microBatchSizes(rows, MICRO_BATCHES);
  const release = () => undefined;
  return { step, epoch: 1, samples: rows, firstRow: 0, segments, images, labels, indices: samples, release };
}

function report(): void {
  const shown = [1, 2, 5, 10, 20, 50, 100, 200, 300].filter((step) => step <= steps);
  const head = ['', ...runs.map(({ engine }) => engine.version)];
  const [native, wasm] = runs.map(({ ms }) => median(ms)) as [number, number];
  process.stdout.write(
    table(head, [
      ['ms of processor time a step', native, wasm],
      ['images/s on one core', (1000 * rows) / native, (1000 * rows) / wasm],
      ...shown.map((step) => [`loss of step ${step}`, ...runs.map(({ losses }) => losses[step - 1]!.toFixed(6))]),
    ]) + '\n',
  );
  const engineResults = runs.map(({ engine, losses, ms }) => ({
    engine: engine.engine,
    version: engine.version,
    stepMs: median(ms),
    losses: shown.map((step) => ({ step, loss: losses[step - 1] })),
  }));
  conclude(
    'engines',
    { rows, microBatches: MICRO_BATCHES, steps, ratio: wasm / native, engines: engineResults },
    flags.smoke,
  );
}
