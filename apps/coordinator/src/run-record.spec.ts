import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLed } from './run-lock.js';
import { readRunRecord, runRecordFile } from './run-record.js';
import { Cluster } from './testing/cluster.js';
import type { FakeWorker } from './testing/fake-worker.js';

let cluster: Cluster;
beforeEach(async () => {
  cluster = await Cluster.make();
});
afterEach(() => cluster.close());

const machine = { platform: 'linux x64', processor: 'A Processor', cores: 4, memoryBytes: 8e9, node: '20.20.2' };
const command = ['tandem', 'run', '--workers', '2'];

function starts() {
  return readRunRecord(cluster.runDirectory)?.starts ?? [];
}

describe('run.json', () => {
  it('says of each start with what and whom it was, and how it ended', async () => {
    await cluster.start(['training.seed=7'], { worldSize: 2, command });
    expect(starts()).toMatchObject([{ afterStep: 0, seed: 7, command, workers: [] }]);
    const workers = [await cluster.join('worker-1'), await cluster.join('worker-0')];
    for (const worker of workers) worker.prepare({ machine });
    for (const worker of workers) await worker.until('begin');
    const [start] = starts();
    const about = { device: 'cpu', tandem: '0.1.0', engine: 'native', tensorflow: '2.21.0', threads: 1, generation: 1 };
    expect(start!.workers).toEqual([
      { name: 'worker-0', rank: 0, ...about, machine: { host: 'host-of-worker-0', ...machine } },
      { name: 'worker-1', rank: 1, ...about, machine: { host: 'host-of-worker-1', ...machine } },
    ]);
    // 40 samples, 8 a step.
    expect(start).toMatchObject({ totalSteps: 5, coordinator: { host: hostname(), node: process.versions.node } });
    expect(start!.tandem.version).toBe('0.1.0');
    expect(start!.runId).toBe(workers[0]!.got('welcome').runId);
    expect(start!.end).toBeUndefined();
    expect(await isLed(cluster.runDirectory)).toBe(true);
    await cluster.coordinator.close();
    expect(starts()[0]!.end).toMatchObject({ result: 'aborted', step: 0, reason: 'the coordinator was closed' });
    expect(await isLed(cluster.runDirectory)).toBe(false);
  });

  it('keeps what was recorded before when the run is resumed, and begins anew where it is not', async () => {
    for (const resume of [false, true, false]) {
      await cluster.start([], { resume });
      await cluster.coordinator.close();
      expect(starts()).toHaveLength(resume ? 2 : 1);
    }
  });

  it('has a worker once, however often it comes back, and without a machine where it does not say', async () => {
    const [first, second] = (await cluster.train(2)) as [FakeWorker, FakeWorker];
    await second.die();
    await first.untilBegin(2);
    const again = await cluster.join('worker-1', { host: 'host-of-worker-1' });
    again.prepare();
    await first.untilBegin(3);
    expect(starts()[0]!.workers.map(({ name, generation, machine: none }) => [name, generation, none])).toEqual([
      ['worker-0', 1, undefined],
      ['worker-1', 1, undefined],
    ]);
  });

  it('tells of a disk that cannot take it, and the run goes on', async () => {
    mkdirSync(`${runRecordFile(cluster.runDirectory)}.writing`, { recursive: true });
    await cluster.train(1);
    const log = readFileSync(`${cluster.runDirectory}/logs/coordinator.jsonl`, 'utf8');
    expect(log).toContain('run.json cannot be written');
    rmSync(`${runRecordFile(cluster.runDirectory)}.writing`, { recursive: true });
  });

  it.each(['', '{', '{"format":2,"starts":[]}', '{"format":1}'])('is none where it is %j', async (text) => {
    mkdirSync(cluster.runDirectory, { recursive: true });
    writeFileSync(runRecordFile(cluster.runDirectory), text);
    expect(readRunRecord(cluster.runDirectory)).toBeUndefined();
  });
});
