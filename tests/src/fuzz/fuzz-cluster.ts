import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { getStatus, LOOPBACK_ONLY } from '@tandem/rpc';
import { makeIdxDataset } from '../support/data-sets.js';
import { freePort } from '../support/free-port.js';
import { checkpointDigests, lossesOf, metricsOf } from '../support/run-directory.js';
import { type RunningTandem, startTandem, tandem } from '../support/tandem.js';
import { waitUntil } from '../support/wait-until.js';
import { type FuzzFacts, type FuzzMessage, fuzzMessages } from './fuzz-message.js';
import { sendFuzz } from './send-fuzz.js';

/** What a fuzzed process may have grown by, at its highest. */
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;

/** Messages that are drawn at a time. */
const BATCH_MESSAGES = 100;

/** Messages to a service that are under way at a time. */
const CONCURRENCY = 12;

export interface FuzzReport {
  readonly seed: number;
  /** "Coordinator, malformed, status 3": how often. */
  readonly endings: ReadonlyMap<string, number>;
  readonly sent: number;
  /** Steps that were trained while the messages came. */
  readonly steps: number;
  /** Peak memory in bytes before and after, by process. */
  readonly memory: ReadonlyMap<string, { readonly before: number; readonly after: number }>;
  /** What should not have been; empty: nothing. */
  readonly faults: readonly string[];
}

export interface FuzzOptions {
  /** An empty folder. */
  readonly scratch: string;
  /** To each service. */
  readonly messages: number;
  readonly seed: number;
}

/**
 * Trains on two workers, sends both services what `fuzzMessages` thinks of meanwhile, stops the run, and trains the same
 * undisturbed: same losses, same bits, all processes up, memory bounded.
 */
export async function fuzzCluster({ scratch, messages, seed }: FuzzOptions): Promise<FuzzReport> {
  const token = 'a-token-for-the-fuzzed-run';
  const config = join(scratch, 'config.yaml');
  makeIdxDataset(join(scratch, 'idx'));
  writeFileSync(
    config,
    `model: { name: small }
data: { format: idx, train: ${scratch}/idx/train }
training: { globalBatch: 20, microBatches: 2, epochs: 5000, seed: 7 }
cluster: { minWorkers: 2, maxWorkers: 2 }
checkpoint: { everySteps: 200 }
`,
  );
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const out = join(scratch, 'fuzzed');
  const environment = { TANDEM_TOKEN: token };
  const coordinator = startTandem(['coordinator', '--config', config, '--listen', address, '--out', out], environment);
  const workers = [0, 1].map((index) =>
    startTandem(['worker', '--coordinator', address, '--name', `worker-${index}`], environment),
  );
  const processes = new Map<string, RunningTandem>([
    ['coordinator', coordinator],
    ...workers.map((worker, index) => [`worker-${index}`, worker] as const),
  ]);
  const ended = () => [...processes].filter(([, process]) => process.hasEnded);
  await waitUntil('the first steps', () => metricsOf(out).length > 5 || ended().length > 0);
  const faults: string[] = [];
  const told = (what: string) => faults.push(what);
  const security = { ...LOOPBACK_ONLY, token };
  const { runId, members } = await getStatus(address, { security });
  const before = new Map([...processes].map(([name, process]) => [name, peakMemory(process)]));
  const firstStep = metricsOf(out).length;

  const endings = new Map<string, number>();
  let sent = 0;
  const attack = async (facts: FuzzFacts, to: number) => {
    const next = drawn(facts, messages, seed);
    const send = async () => {
      for (let message = next(); message !== undefined && ended().length === 0; message = next()) {
        const ending = await sendFuzz(to, message, token);
        sent++;
        const key = `${facts.service}, ${message.kind}, ${ending}`;
        endings.set(key, (endings.get(key) ?? 0) + 1);
        if (ending === 'no answer')
          told(`${facts.service} did not answer a message (${message.kind}, ${message.path})`);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, send));
  };
  await Promise.all([
    attack({ service: 'Coordinator', runId }, port),
    attack({ service: 'Collective', runId }, Number(members[0]!.address.split(':')[1])),
  ]);

  for (const [name, process] of ended()) told(`${name} has ended: ${process.output}`);
  const lastStep = metricsOf(out).length;
  await waitUntil('more steps', () => metricsOf(out).length > lastStep + 5 || ended().length > 0).catch(
    (error: unknown) => told((error as Error).message),
  );
  const memory = new Map(
    [...processes].map(([name, process]) => [name, { before: before.get(name)!, after: peakMemory(process) }]),
  );
  for (const [name, { before: low, after: high }] of memory)
    if (high - low > MAX_GROWTH_BYTES) told(`${name} grew from ${inMiB(low)} to ${inMiB(high)}`);

  coordinator.kill('SIGINT');
  for (const [name, process] of processes) {
    const { exitCode, output } = await process.finished;
    if (exitCode !== 0) told(`${name} ended with exit code ${exitCode}: ${output}`);
  }
  if (faults.length === 0) await compareUndisturbed(config, scratch, out, told);
  return { seed, endings, sent, steps: lastStep - firstStep, memory, faults };
}

/** Draws `count` messages, some at a time: many are megabytes. The same for the same seed. */
function drawn(facts: FuzzFacts, count: number, seed: number): () => FuzzMessage | undefined {
  const arbitrary = fuzzMessages(facts);
  let left = count;
  let batch: FuzzMessage[] = [];
  return () => {
    if (batch.length === 0 && left > 0) {
      batch = fc.sample(arbitrary, { seed: seed + left, numRuns: Math.min(BATCH_MESSAGES, left) });
      left -= batch.length;
    }
    return batch.pop();
  };
}

/** The same run again, with nobody at the door. */
async function compareUndisturbed(
  config: string,
  scratch: string,
  out: string,
  told: (what: string) => void,
): Promise<void> {
  const losses = lossesOf(out);
  const quiet = join(scratch, 'quiet');
  const steps = losses.length;
  const { exitCode, output } = await tandem([
    'run',
    '--config',
    config,
    '--workers',
    '2',
    '--out',
    quiet,
    '--max-steps',
    `${steps}`,
  ]);
  if (exitCode !== 0) return told(`the undisturbed run failed: ${output}`);
  const undisturbed = lossesOf(quiet);
  const differing = losses.findIndex((loss, at) => loss !== undisturbed[at]);
  if (differing >= 0 || undisturbed.length !== steps)
    told(`the losses are others than those of an undisturbed run from step ${differing + 1} on`);
  const [one, other] = [checkpointDigests(out, steps), checkpointDigests(quiet, steps)];
  if (one.weights !== other.weights || one.optimizer !== other.optimizer)
    told(`the weights after step ${steps} are others than those of an undisturbed run`);
}

/** VmHWM: the most that a process has ever had in memory; of one that has ended, no number. */
function peakMemory(process: RunningTandem): number {
  if (process.hasEnded) return NaN;
  const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${process.pid}/status`, 'utf8'));
  return Number(found?.[1]) * 1024;
}

export function inMiB(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
