import { loadConfig } from '@tandem/core/config';
import { BatchSchedule, BatchStream, resolveDataset } from '@tandem/dataset';
import { parseArgs } from 'node:util';
import { median } from './median.js';

// How many images the data path prepares when nobody computes: read, decode, resize, crop, mirror, mean. A second of processor
// time (all threads) is the figure to go by: others on the machine do not change it much. Build first, then
// `npx tsx benchmarks/data-path.ts --config examples/elpv-demo.yaml`.

const { values: flags } = parseArgs({
  options: {
    config: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '5' },
  },
});
if (flags.config === undefined) throw new Error('Name a configuration with --config.');
const config = loadConfig(flags.config, { overrides: flags.set });
const { train, plan, mean } = await resolveDataset(config, flags.config);
const { globalBatch, seed } = config.training;
const schedule = { samples: train.length, globalBatch, microBatches: 1, seed };
const { stepsPerEpoch } = new BatchSchedule(schedule);
const rounds = Number(flags.rounds);
const stream = await BatchStream.open({
  source: train,
  plan,
  mean,
  schedule,
  deal: { start: 0, end: 1 },
  startStep: 1,
  endStep: (rounds + 1) * stepsPerEpoch,
  prefetch: config.data.prefetch,
});
const rates: number[] = [];
const coreRates: number[] = [];
try {
  // The first epoch fills the page cache.
  for (let round = 0; round <= rounds; round++) {
    const start = process.hrtime.bigint();
    const used = process.cpuUsage();
    for (let step = 0; step < stepsPerEpoch; step++) (await stream.next()).release();
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    const { user, system } = process.cpuUsage(used);
    if (round === 0) continue;
    rates.push(train.length / seconds);
    coreRates.push((train.length * 1e6) / (user + system));
  }
} finally {
  await stream.close();
}
process.stdout.write(
  `${JSON.stringify({
    images: train.length,
    inputSize: plan.inputSize,
    resize: plan.resize ?? null,
    imagesPerSecond: Math.round(median(rates)),
    imagesPerCoreSecond: Math.round(median(coreRates)),
    slowest: Math.round(Math.min(...coreRates)),
    fastest: Math.round(Math.max(...coreRates)),
  })}\n`,
);
