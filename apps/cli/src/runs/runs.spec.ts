import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runRecordFile, type RunRecord, type RunStartRecord } from '@tandem/coordinator';
import { afterAll, describe, expect, it } from 'vitest';
import { findRuns } from './find-runs.js';
import { runDetailText } from './run-detail-text.js';
import { parseMetrics } from './run-metrics.js';
import { summarizeRun } from './run-summary.js';
import { dateText, runsText } from './runs-text.js';

const folder = mkdtempSync(join(tmpdir(), 'tandem-runs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const machine = {
  host: 'node-a',
  platform: 'linux x64',
  processor: 'A Processor',
  cores: 4,
  memoryBytes: 8 * 2 ** 30,
  node: '20.20.2',
};

const start: RunStartRecord = {
  runId: 'r1',
  startedAt: '2026-11-25T10:00:00.000Z',
  afterStep: 0,
  command: ['tandem', 'run', '--workers', '1'],
  workingDirectory: '/home/a',
  seed: 1,
  tandem: { version: '0.1.0', commit: 'c0ffee', modified: true },
  coordinator: machine,
  workers: [
    {
      ...{ name: 'worker-0', device: 'gpu:0', tandem: '0.1.0', tensorflow: '2.21.0', threads: 2 },
      ...{ generation: 1, rank: 0, machine },
    },
  ],
  totalSteps: 6,
};
const end = { endedAt: '2026-11-25T11:00:00.000Z', result: 'stopped', step: 2, reason: 'SIGINT' } as const;

const metrics = [
  '{"type":"step","step":1,"epoch":1,"loss":2.5,"samples":8,"imagesPerSecond":10,"worldSize":1}',
  '{"type":"eval","step":1,"top1":0.5,"top5":0.1,"loss":2}',
  '{"type":"step","step":2,"epoch":2,"loss":1.25,"samples":8,"imagesPerSecond":20,"worldSize":1}',
  '{"type":"eval","step":2,"top1":0.25,"top5":0.1,"loss":1}',
  '{"type":"step","st',
].join('\n');

let made = 0;
function makeRun(record: RunRecord | undefined, name = `run-${++made}`): string {
  const directory = join(folder, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'metrics.jsonl'), metrics);
  if (record !== undefined) writeFileSync(runRecordFile(directory), JSON.stringify(record));
  return directory;
}

/** As a coordinator of this process id has it. */
function lead(directory: string, pid: number): void {
  mkdirSync(join(directory, '.coordinator.lock'));
  writeFileSync(join(directory, '.coordinator'), JSON.stringify({ host: hostname(), pid }));
}

describe('summarizeRun', () => {
  it('has the last step, the best error and how the run ended', async () => {
    const directory = makeRun({ format: 1, starts: [start, { ...start, afterStep: 1, end }] });
    expect(await summarizeRun(directory)).toMatchObject({
      ...{ directory, status: 'stopped', starts: 2, totalSteps: 6, startedAt: start.startedAt },
      last: { step: 2, epoch: 2, loss: 1.25 },
      best: { step: 2, top1: 0.25 },
    });
  });

  it.each([
    ['running', process.pid],
    ['interrupted', 2 ** 22 + 1],
  ])('says that a run is %s by whether its coordinator is there', async (status, pid) => {
    const directory = makeRun({ format: 1, starts: [start] });
    lead(directory, pid);
    expect(await summarizeRun(directory)).toMatchObject({ status });
  });

  it('knows less of a run from before there was run.json', async () => {
    expect(await summarizeRun(makeRun(undefined))).toMatchObject({ status: 'unknown', last: { step: 2 } });
  });
});

describe('what people are shown', () => {
  it('is a table of runs', async () => {
    const runs = [makeRun({ format: 1, starts: [{ ...start, end }] }, 'one'), makeRun(undefined, 'another')];
    const [head, one, another] = runsText(await Promise.all(runs.map(summarizeRun))).split('\n');
    expect(head).toMatch(/^run +status +step +epoch +loss +best top-1 error +started$/);
    expect(one).toMatch(/one +stopped +2\/6 +2 +1\.250 +25\.00 % \(step 2\) +2026-11-2\d \d\d:\d\d$/);
    expect(another).toMatch(/another +unknown +2 +2 +1\.250 +25\.00 % \(step 2\) +-$/);
  });

  it('is all of one run, and how to do it again', async () => {
    const text = runDetailText(await summarizeRun(makeRun({ format: 1, starts: [{ ...start, end }] }, 'detail')));
    expect(text).toContain(`start 1, ${dateText(start.startedAt)}, after step 0`);
    expect(text).toMatch(/command +tandem run --workers 1\n/);
    expect(text).toMatch(
      /worker-0 +rank 0 from generation 1 on, gpu:0, TensorFlow 2\.21\.0, 2 threads, node-a, linux x64/,
    );
    expect(text).toMatch(/end +stopped at step 2, .*: SIGINT\n/);
    expect(text).toContain(
      'to the last bit with TensorFlow 2.21.0, A Processor:\n  git checkout c0ffee   # and the changes',
    );
    expect(text).toContain(
      `tandem run --config ${join(folder, 'detail/config.yaml')} --workers 1 --device gpu --max-steps 6 --out`,
    );
  });

  it('does it again with the engine, the network’s folder and the steps that the run had', async () => {
    const wasm = { ...start.workers[0]!, device: 'cpu', engine: 'wasm', tensorflow: 'tfjs-backend-wasm 4.22.0' };
    const workers = [wasm, { ...wasm, name: 'worker-1', rank: 1 }];
    const starts = [
      { ...start, modules: '/home/a/mine', workers },
      { ...start, afterStep: 2, totalSteps: 9 },
    ];
    const text = runDetailText(await summarizeRun(makeRun({ format: 1, starts }, 'again')));
    expect(text).toContain('to the last bit with tfjs-backend-wasm 4.22.0, A Processor:');
    expect(text).toContain(
      `/again/config.yaml --workers 2 --engine wasm --modules /home/a/mine --max-steps 9 --out ANOTHER_FOLDER`,
    );
  });
});

describe('findRuns', () => {
  it('looks into folders, and not into runs', () => {
    const root = join(folder, 'nested');
    makeRun(undefined, 'nested/b/c');
    makeRun(undefined, 'nested/a');
    makeRun(undefined, 'nested/a/inner');
    expect(findRuns(root)).toEqual([join(root, 'a'), join(root, 'b/c')]);
  });

  it('names a folder that is not there', () => {
    expect(() => findRuns(join(folder, 'nowhere'))).toThrow(expect.objectContaining({ code: 'TANDEM_RUNS_NOT_FOUND' }));
  });
});

it('leaves out a line of metrics that is not whole yet', () => {
  expect(parseMetrics(metrics)).toMatchObject({ steps: [{ step: 1 }, { step: 2 }], evaluations: [{}, {}] });
});
