import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeIdxDataset } from './support/data-sets.js';
import { freePort } from './support/free-port.js';
import { checkpointDigests, lossesOf, metricsOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { type RunningTandem, startTandem, tandem } from './support/tandem.js';
import { waitUntil } from './support/wait-until.js';

/** Each test starts half a dozen processes one after another; on a busy machine that takes its time. */
const TEST_TIMEOUT_MS = 400_000;

const scratch = scratchFolder();
const config = join(scratch, 'config.yaml');

// A plateau schedule and dropout: bits would show an evaluation or a draw that came out otherwise.
beforeAll(() => {
  makeIdxDataset(join(scratch, 'idx'));
  writeFileSync(
    config,
    `
model: { name: small, dropout: 0.5 }
data: { format: idx, train: ${scratch}/idx/train, eval: ${scratch}/idx/eval }
training: { globalBatch: 50, microBatches: 6, epochs: 1000, seed: 7 }
optimizer: { learningRate: 0.02, schedule: { name: plateau, factor: 0.5, patience: 2, threshold: 0.05 } }
evaluation: { everyEpochs: 1, batch: 16 }
checkpoint: { everySteps: 50, keep: 2 }
cluster: { minWorkers: 1, maxWorkers: 3, settleMs: 500, heartbeatTimeoutMs: 2500 }
`,
  );
});

/** The last step that is in the metrics, and who made it. */
function last(out: string): { step: number; worldSize: number; generation: number } {
  const row = metricsOf(out).findLast(({ type }) => type === 'step');
  return {
    step: row?.step ?? 0,
    worldSize: Number(row?.['worldSize'] ?? 0),
    generation: Number(row?.['generation'] ?? 0),
  };
}

/** Some more steps are made, by so many. */
async function untilTrainedBy(out: string, worldSize: number, after = 0): Promise<number> {
  await waitUntil(
    `steps of ${worldSize} workers after generation ${after}`,
    () => {
      const now = last(out);
      return now.worldSize === worldSize && now.generation > after;
    },
    120_000,
  );
  const from = last(out).step;
  await waitUntil('more steps', () => last(out).step > from + 3);
  return last(out).generation;
}

/** Each step once and in order; losses, evaluations and weights of a run of one worker to which nothing happened. */
async function expectUndisturbed(out: string): Promise<void> {
  const steps = metricsOf(out).filter(({ type }) => type === 'step');
  expect(steps.map(({ step }) => step)).toEqual(steps.map((_, index) => index + 1));
  const alone = `${out}-alone`;
  const args = ['run', '--config', config, '--workers', '1', '--out', alone, '--max-steps', String(steps.length)];
  const { exitCode, output } = await tandem(args);
  expect(exitCode, output).toBe(0);
  expect(lossesOf(out)).toEqual(lossesOf(alone));
  const evaluations = (of: string) => metricsOf(of).filter(({ type }) => type === 'eval');
  expect(evaluations(out)).toEqual(evaluations(alone));
  expect(checkpointDigests(out, steps.length)).toEqual(checkpointDigests(alone, steps.length));
}

async function expectEnd(...processes: readonly RunningTandem[]): Promise<void> {
  for (const process of processes) {
    const { exitCode, output } = await process.finished;
    expect(exitCode, output).toBe(0);
  }
}

/** Process ids of the workers of a run directory's `tandem run`, by name. */
function workerPids(out: string): Map<string, number> {
  const address = /127\.0\.0\.1:\d+/.exec(readFileSync(join(out, 'logs/coordinator.jsonl'), 'utf8'))![0];
  const found = new Map<string, number>();
  for (const line of execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n')) {
    const match = /^\s*(\d+)\s.*\sworker --coordinator (\S+) --name (\S+)/.exec(line);
    if (match !== null && match[2] === address) found.set(match[3]!, Number(match[1]));
  }
  return found;
}

describe('`tandem run` on three workers', { timeout: TEST_TIMEOUT_MS }, () => {
  it.each([
    ['killed', 'SIGKILL'],
    ['stopped for good', 'SIGSTOP'],
  ] as const)(
    'goes on when one is %s, takes its successor in, and has the bits of a run to which nothing happened',
    async (_, signal) => {
      const out = join(scratch, signal);
      const run = startTandem(['run', '--config', config, '--workers', '3', '--out', out]);
      await untilTrainedBy(out, 3);
      const before = workerPids(out);
      process.kill(before.get('worker-0')!, signal);
      const left = await untilTrainedBy(out, 2);
      await untilTrainedBy(out, 3, left);
      const after = workerPids(out);
      expect([after.get('worker-1'), after.get('worker-2')]).toEqual([before.get('worker-1'), before.get('worker-2')]);
      run.kill('SIGINT');
      await expectEnd(run);
      await expectUndisturbed(out);
      expect(workerPids(out).size).toBe(0);
    },
  );
});

describe('a cluster started by hand', { timeout: TEST_TIMEOUT_MS }, () => {
  it('takes workers in as they come, and lets them go, two at once', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const out = join(scratch, 'by-hand');
    const worker = (name: string) => startTandem(['worker', '--coordinator', address, '--name', name]);
    const coordinator = startTandem(['coordinator', '--config', config, '--listen', address, '--out', out]);
    const a = worker('a');
    const alone = await untilTrainedBy(out, 1);
    const [b, c] = [worker('b'), worker('c')];
    const all = await untilTrainedBy(out, 3, alone);
    // The one with the checkpoints, and another one.
    a.kill('SIGKILL');
    b.kill('SIGKILL');
    const survivor = await untilTrainedBy(out, 1, all);
    const returned = worker('b');
    await untilTrainedBy(out, 2, survivor);
    returned.kill('SIGINT');
    await expectEnd(coordinator, c, returned);
    await expectUndisturbed(out);
  });

  it('trains on while its coordinator is dead, and is found by the one that is started in its place', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const out = join(scratch, 'coordinator');
    const workers = ['a', 'b'].map((name) => startTandem(['worker', '--coordinator', address, '--name', name]));
    const lead = (...more: string[]) =>
      startTandem(['coordinator', '--config', config, '--listen', address, '--out', out, ...more]);
    const first = lead('--set', 'cluster.minWorkers=2');
    const generation = await untilTrainedBy(out, 2);
    const second = await tandem([
      'coordinator',
      '--config',
      config,
      '--listen',
      '127.0.0.1:0',
      '--out',
      out,
      '--resume',
    ]);
    expect(second.exitCode).toBe(2);
    expect(second.output).toMatch(/another coordinator leads the run in .*TANDEM_RUN_IN_USE/s);
    first.kill('SIGKILL');
    await first.finished;
    const booked = last(out).step;
    await waitUntil('the workers to notice', () =>
      workers.every(({ output }) => output.includes('the coordinator is away')),
    );
    const back = lead('--resume');
    await waitUntil('steps that the dead one had not booked', () => last(out).step > booked + 10);
    expect(last(out)).toMatchObject({ generation, worldSize: 2 });
    workers[0]!.kill('SIGINT');
    await expectEnd(back, ...workers);
    await expectUndisturbed(out);
  });

  it('has every evaluation that was made without a coordinator, though a worker has died meanwhile', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const out = join(scratch, 'evaluations');
    const worker = (name: string) => startTandem(['worker', '--coordinator', address, '--name', name]);
    const lead = (...more: string[]) =>
      startTandem(['coordinator', '--config', config, '--listen', address, '--out', out, ...more]);
    const first = lead();
    const [a, b] = [worker('a'), worker('b')];
    const before = await untilTrainedBy(out, 2);
    first.kill('SIGKILL');
    await first.finished;
    await waitUntil('both to evaluate what was the other’s', () =>
      [a, b].every(({ output }) => output.includes('evaluates the')),
    );
    b.kill('SIGKILL');
    await b.finished;
    await waitUntil('the other to notice', () => a.output.includes('cannot go on'));
    const back = lead('--resume');
    await untilTrainedBy(out, 1, before);
    a.kill('SIGINT');
    await expectEnd(back, a);
    await expectUndisturbed(out);
  });
});
