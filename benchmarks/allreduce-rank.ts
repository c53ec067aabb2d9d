import { type Encoding, type ExchangeOrder, localPartials, planBuckets } from '@tandem/collective';
import { runConfigSchema } from '@tandem/core/config';
import { Communication } from '@tandem/rpc';
import { parseArgs } from 'node:util';

// A rank of Tandem's all-reduce, for allreduce.ts: prints one line of JSON. What a worker has, less TensorFlow: this thread
// contributes and waits, the communication thread does the rest.

const { values: flags } = parseArgs({
  options: {
    coordinator: { type: 'string', default: '' },
    name: { type: 'string', default: '' },
    ranks: { type: 'string', default: '' },
    order: { type: 'string', default: '' },
    tensors: { type: 'string', default: '' },
    'warm-up': { type: 'string', default: '' },
    iterations: { type: 'string', default: '' },
    'bucket-bytes': { type: 'string' },
    'chunk-bytes': { type: 'string' },
    encoding: { type: 'string', default: 'float32' },
    'shared-memory': { type: 'string', default: 'auto' },
  },
});
const ranks = Number(flags.ranks);
const order = flags.order as ExchangeOrder;
const defaults = runConfigSchema.shape.exchange.parse({});
const bucketBytes = Number(flags['bucket-bytes'] ?? defaults.bucketBytes);
const chunkBytes = Number(flags['chunk-bytes'] ?? defaults.chunkBytes);
const encoding = flags.encoding as Encoding;
const sharedMemory = flags['shared-memory'] as 'auto' | 'off';
const tensors = flags.tensors.split(',').map(Number);
const elements = tensors.reduce((sum, size) => sum + size, 0);
const { buckets } = planBuckets(tensors, bucketBytes);
/** One more bucket, of one number, which is whole only when all ranks have come: ranks start together. */
const barrier = buckets.length;

const communication = await Communication.start({
  coordinator: flags.coordinator,
  name: flags.name,
  ...{ device: 'cpu', version: 'benchmark', joinTimeoutMs: 30_000 },
});
try {
  await communication.join();
  const { rank } = await communication.generations.next();
  const exchange = await communication.openExchange({
    ...{ order, chunkBytes, microBatches: ranks, timeoutMs: defaults.timeoutMs, elements: elements + 1 },
    buckets: [...buckets, { start: elements, length: 1 }].map((range) => ({ ...range, encoding })),
    sharedMemory,
    partials: localPartials(order, ranks, ranks, rank).length,
  });
  const wallMs: number[] = [];
  const cpuMs: number[] = [];
  const warmUp = Number(flags['warm-up']);
  for (let step = 1; step <= warmUp + Number(flags.iterations); step++) {
    for (const partial of exchange.partials) partial.fill(rank + 1);
    exchange.contribute(step, barrier);
    exchange.wait(step, barrier);
    const [start, used] = [performance.now(), process.cpuUsage()];
    for (const bucket of buckets.keys()) exchange.contribute(step, bucket);
    for (const bucket of buckets.keys()) exchange.wait(step, bucket);
    const elapsed = performance.now() - start;
    const { user, system } = process.cpuUsage(used);
    if (step <= warmUp) continue;
    wallMs.push(elapsed);
    cpuMs.push((user + system) / 1000);
  }
  const expected = (ranks * (ranks + 1)) / 2;
  if (exchange.mean.some((value) => value !== expected)) throw new Error('the sums are wrong');
  process.stdout.write(`${JSON.stringify({ wallMs, cpuMs })}\n`);
  await exchange.close();
} finally {
  await communication.close();
}
