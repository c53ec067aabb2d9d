import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { listCheckpoints, newestCheckpoint } from '@tandem/checkpoint';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeIdxDataset } from './support/data-sets.js';
import { freePort } from './support/free-port.js';
import { checkpointDigests, lossesOf, metricsOf } from './support/run-directory.js';
import { scratchFolder } from './support/scratch.js';
import { troubledDisk } from './support/small-disk.js';
import { type Finished, startTandem, tandem } from './support/tandem.js';
import { waitUntil } from './support/wait-until.js';

const scratch = scratchFolder();
const config = join(scratch, 'config.yaml');
const undisturbed = join(scratch, 'undisturbed');
const STEPS = 40;

beforeAll(async () => {
  makeIdxDataset(join(scratch, 'idx'), { train: 400, evaluation: 60 });
  writeFileSync(
    config,
    `
model: { name: small, dropout: 0.5 }
data: { format: idx, train: ${scratch}/idx/train, eval: ${scratch}/idx/eval }
training: { globalBatch: 40, microBatches: 6, epochs: 100, seed: 7 }
checkpoint: { everySteps: 15, keep: 1 }
`,
  );
  ok(await tandem(['run', '--config', config, '--workers', '2', '--out', undisturbed, '--max-steps', String(STEPS)]));
});

function ok({ exitCode, output }: Finished): string {
  expect(exitCode, output).toBe(0);
  return output;
}

const checkpointsOf = (run: string) =>
  existsSync(join(run, 'checkpoints')) ? readdirSync(join(run, 'checkpoints')) : [];

/** It has the losses and the weights of a run that nothing happened to. */
function expectUndisturbed(run: string): void {
  expect(lossesOf(run)).toEqual(lossesOf(undisturbed));
  expect(checkpointDigests(run, STEPS)).toEqual(checkpointDigests(undisturbed, STEPS));
}

describe('what stays', () => {
  it('is step 0, the newest, and the best by evaluation, also where no checkpoint was due', async () => {
    const evaluations = metricsOf(undisturbed).filter(({ type }) => type === 'eval');
    expect(evaluations.map(({ step }) => step)).toEqual([10, 20, 30, 40]);
    const best = evaluations.reduce((a, b) => ((b['top1'] as number) < (a['top1'] as number) ? b : a));
    const steps = (await listCheckpoints(undisturbed)).map(({ step }) => step);
    expect(steps).toEqual([...new Set([0, best.step, STEPS])].sort((a, b) => a - b));
  });
});

describe('a run that is killed in the middle of a checkpoint', () => {
  it('has the losses and weights of one that was not', async () => {
    const out = join(scratch, 'killed');
    const args = ['run', '--config', config, '--out', out, '--max-steps', String(STEPS)];
    const run = startTandem([...args, '--workers', '2', '--set', 'checkpoint.everySteps=1']);
    const isWriting = () =>
      checkpointsOf(out).some((name) => name.startsWith('.writing-') && Number(name.slice(-8)) > 6);
    while (!isWriting() && !run.hasEnded) await nextTurn();
    run.kill('SIGKILL');
    await run.finished;
    const left = checkpointsOf(out);
    expect((await newestCheckpoint(out)).broken).toEqual([]);
    ok(await tandem([...args, '--workers', '3', '--resume']));
    expectUndisturbed(out);
    expect(
      checkpointsOf(out).filter((name) => name.startsWith('.')),
      left.join(),
    ).toEqual([]);
  });
});

describe('a checkpoint that is broken', () => {
  it('is named and set aside, and the run goes on from the one before it', async () => {
    const out = join(scratch, 'broken');
    cpSync(undisturbed, out, { recursive: true });
    const before = (await listCheckpoints(out)).at(-2)!.step;
    const file = join(out, 'checkpoints', 'step-00000040', 'optimizer.safetensors');
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 16;
    writeFileSync(file, bytes);
    const args = ['run', '--config', config, '--workers', '1', '--out', out, '--max-steps', String(STEPS), '--resume'];
    const output = ok(await tandem(args));
    expect(output).toMatch(
      /WARN.*newer checkpoint is broken and was set aside as .*step-00000040\.broken: .*optimizer\.safetensors: the file's SHA-256/,
    );
    expect(output).toContain(`resuming after step ${before} `);
    expectUndisturbed(out);
  });
});

describe('a disk that is full', () => {
  it('pauses checkpoints and metrics loudly, while training goes on, and both catch up', async () => {
    const disk = troubledDisk(join(scratch, 'disk'));
    try {
      const args = ['run', '--config', config, '--workers', '2', '--out', disk.run, '--set', 'checkpoint.everySteps=5'];
      const run = startTandem([...args, '--set', 'log.everySteps=1']);
      await waitUntil('the first checkpoint', () => run.output.includes('checkpoint of step 5 written'));
      disk.begin();
      const pauses = () => run.output.split('CHECKPOINTS ARE PAUSED').length - 1;
      await waitUntil('two checkpoints to fail', () => pauses() >= 2 || run.hasEnded);
      disk.end();
      await waitUntil(
        'a checkpoint to be written',
        () => run.output.includes('checkpoints are written again') || run.hasEnded,
      );
      run.kill('SIGTERM');
      const output = ok(await run.finished);
      expect(output).toMatch(disk.symptom);
      expect(output).toMatch(/Checkpoints that could not be written on the way: step \d+, \d+/);
      const steps = metricsOf(disk.run).flatMap(({ type, step }) => (type === 'step' ? [step] : []));
      expect(steps).toEqual(Array.from({ length: steps.length }, (_, index) => index + 1));
      expect((await newestCheckpoint(disk.run)).checkpoint?.step).toBe(steps.length);
    } finally {
      disk.remove();
    }
  });
});

describe('SIGTERM, as a machine that is taken away sends it', () => {
  it('at a worker ends all in order with a checkpoint, from which the run goes on elsewhere', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const out = join(scratch, 'preempted');
    const all = ['--config', config, '--out', out, '--set', 'cluster.minWorkers=2', '--set', 'cluster.maxWorkers=2'];
    const coordinator = startTandem(['coordinator', '--listen', address, ...all, '--max-steps', '5000']);
    const workers = ['a', 'b'].map((name) => startTandem(['worker', '--coordinator', address, '--name', name]));
    await waitUntil('the first steps', () => metricsOf(out).length > 4);
    workers[1]!.kill('SIGTERM');
    for (const process of [coordinator, ...workers]) ok(await process.finished);
    expect(coordinator.output).toMatch(/stopping: rank \d \(b\) on .* was asked to stop: SIGTERM at worker b/);
    const stopped = lossesOf(out).length;
    expect(checkpointDigests(out, stopped).weights).toMatch(/^[0-9a-f]{64}$/);

    // Another machine has the data in another place, and what the run left behind; its recorded configuration will do.
    const [elsewhere, data] = [join(scratch, 'elsewhere'), join(scratch, 'data-elsewhere')];
    renameSync(out, elsewhere);
    cpSync(join(scratch, 'idx'), data, { recursive: true });
    const moved = ['--set', `data.train=${data}/train`, '--set', `data.eval=${data}/eval`];
    const more = ['--max-steps', String(Math.max(STEPS, stopped + 5)), '--resume', '--workers', '3', ...moved];
    const output = ok(await tandem(['run', '--config', join(elsewhere, 'config.yaml'), '--out', elsewhere, ...more]));
    expect(output).not.toMatch(/other bits/);
    expect(lossesOf(elsewhere).slice(0, STEPS)).toEqual(lossesOf(undisturbed));
  });
});
