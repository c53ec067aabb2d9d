import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RunningTandem } from '../support/tandem.js';
import { fuzzCluster, inMiB } from './fuzz-cluster.js';

// `npm run fuzz -- --messages 10000 [--seed S]`: that many messages to each service of a run that trains.

const { values } = parseArgs({ options: { messages: { type: 'string', default: '10000' }, seed: { type: 'string' } } });
const messages = Number(values.messages);
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
if (!Number.isSafeInteger(messages) || messages < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write('fuzz: expected --messages N, from 1, and --seed S, whole numbers\n');
  process.exit(2);
}
const scratch = mkdtempSync(join(tmpdir(), 'tandem-fuzz-'));
process.stdout.write(`${messages} messages to each service, seed ${seed}\n`);
const started = performance.now();
try {
  const { endings, sent, steps, memory, faults } = await fuzzCluster({ scratch, messages, seed });
  for (const [ending, count] of [...endings].sort())
    process.stdout.write(`  ${String(count).padStart(6)}  ${ending}\n`);
  for (const [name, { before, after }] of memory)
    process.stdout.write(`${name}: at most ${inMiB(before)} in memory before, ${inMiB(after)} after\n`);
  for (const fault of faults) process.stdout.write(`FAULT: ${fault}\n`);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  process.stdout.write(
    `${sent} messages, ${steps} steps trained meanwhile, ${faults.length} faults, ${seconds} s (seed ${seed})\n`,
  );
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  await RunningTandem.killAll();
  rmSync(scratch, { recursive: true, force: true });
}
