import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeIdxDataset } from './support/data-sets.js';
import { checkpointDigests, lossesOf, metricsOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { startTandem, tandem } from './support/tandem.js';
import { waitUntil } from './support/wait-until.js';

const scratch = scratchFolder();
const config = join(scratch, 'config.yaml');
/** In every case all processes of a run are gone within this. */
const END_WITHIN_MS = 10_000;

beforeAll(() => {
  makeIdxDataset(join(scratch, 'idx'));
  writeFileSync(
    config,
    `
model: { name: small }
data: { format: idx, train: ${scratch}/idx/train, eval: ${scratch}/idx/eval }
training: { globalBatch: 50, epochs: 1000, seed: 7 }
evaluation: { everyEpochs: 0 }
`,
  );
});

/** Process ids of the workers of a run directory's `tandem run`, by name. */
function workerPids(run: string): Map<string, number> {
  const found = new Map<string, number>();
  const address = addressOf(run);
  for (const line of execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n')) {
    const match = /^\s*(\d+)\s.*\sworker --coordinator (\S+) --name (\S+)/.exec(line);
    if (match !== null && match[2] === address) found.set(match[3]!, Number(match[1]));
  }
  return found;
}

/** Where the coordinator of a run listens, from its log. */
function addressOf(run: string): string | undefined {
  return /127\.0\.0\.1:\d+/.exec(readFileSync(join(run, 'logs/coordinator.jsonl'), 'utf8'))?.[0];
}

async function startedRun(name: string, workers = 3, ...more: string[]) {
  const out = join(scratch, name);
  const run = startTandem(['run', '--config', config, '--workers', String(workers), '--out', out, ...more]);
  await waitUntil('the first steps', () => metricsOf(out).length > 5);
  const pids = workerPids(out);
  expect([...pids.keys()].sort()).toEqual(Array.from({ length: workers }, (_, index) => `worker-${index}`));
  return { out, run, pids };
}

async function expectNoneLeft(pids: Iterable<number>): Promise<void> {
  const alive = () =>
    [...pids].filter((pid) => {
      try {
        process.kill(pid, 0);
        return true;
      } catch {
        return false;
      }
    });
  await waitUntil('every worker to be gone', () => alive().length === 0, END_WITHIN_MS);
}

describe('a worker that dies where all are needed and none is started again', () => {
  it.each([
    ['killed', 'SIGKILL'],
    ['stopped for good', 'SIGSTOP'],
  ] as const)('%s: ends the run everywhere within 10 s, by name', async (_, signal) => {
    const all = ['--max-restarts', '0', '--set', 'cluster.minWorkers=3'];
    const { run, pids } = await startedRun(`dead-${signal}`, 3, ...all);
    const start = performance.now();
    process.kill(pids.get('worker-1')!, signal);
    const { exitCode, output } = await run.finished;
    expect(performance.now() - start).toBeLessThan(END_WITHIN_MS);
    expect(exitCode, output).toBe(1);
    expect(output).toMatch(/tandem: worker-1 was killed by SIGKILL.*TANDEM_WORKER_EXITED/s);
    const cause =
      /Root cause, the first failure seen:\n {2}worker {2}worker-1\n {2}rank {4}1\n.*ended {3}was killed by SIGKILL \(process (\d+)\)/s;
    expect(Number(cause.exec(output)?.[1]), output).toBe(pids.get('worker-1'));
    expect(output).toMatch(/the last it printed:\n {4}\S/);
    await expectNoneLeft(pids.values());
  });
});

describe('Ctrl-C', () => {
  it('once writes a checkpoint from which the run goes on, and ends with 0', async () => {
    const { out, run, pids } = await startedRun('interrupted', 2);
    run.kill('SIGINT');
    const { exitCode, output } = await run.finished;
    expect(exitCode, output).toBe(0);
    await expectNoneLeft(pids.values());
    const stopped = lossesOf(out).length;
    expect(checkpointDigests(out, stopped).weights).toMatch(/^[0-9a-f]{64}$/);

    const more = ['--resume', '--max-steps', String(stopped + 5)];
    const resumed = await tandem(['run', '--config', config, '--workers', '1', '--out', out, ...more]);
    expect(resumed.exitCode, resumed.output).toBe(0);
    const through = join(scratch, 'uninterrupted');
    const straight = ['--max-steps', String(stopped + 5), '--set', 'training.microBatches=2'];
    const whole = await tandem(['run', '--config', config, '--workers', '2', '--out', through, ...straight]);
    expect(whole.exitCode, whole.output).toBe(0);
    expect(lossesOf(out)).toEqual(lossesOf(through));
  });

  it('twice ends at once with 130 and leaves no process behind', async () => {
    const { run, pids } = await startedRun('twice', 2);
    run.kill('SIGINT');
    run.kill('SIGINT');
    await waitUntil(
      'the second signal to be seen',
      () => {
        if (!run.hasEnded) run.kill('SIGINT');
        return run.hasEnded;
      },
      END_WITHIN_MS,
    );
    expect((await run.finished).exitCode).toBe(130);
    await expectNoneLeft(pids.values());
  });
});

describe('a parent that is killed', () => {
  it('takes its workers with it', async () => {
    const { run, pids } = await startedRun('orphans', 2);
    run.kill('SIGKILL');
    await run.finished;
    await expectNoneLeft(pids.values());
  });
});
