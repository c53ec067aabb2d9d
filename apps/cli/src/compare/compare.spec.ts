import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openComparedRun } from './compared-runs.js';
import { comparisonText } from './comparison-text.js';
import { axisOf, evaluationPoints, lossPoints } from './curve-points.js';
import { drawComparison } from './draw-comparison.js';
import { compareLosses } from './same-losses.js';

const folder = mkdtempSync(join(tmpdir(), 'tandem-compare-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A run whose losses are these. */
function makeRun(name: string, losses: readonly (number | null)[], { seed = 1, samples = 8 } = {}): string {
  const directory = join(folder, name);
  mkdirSync(directory);
  writeFileSync(join(directory, 'config.yaml'), `training:\n  seed: ${seed}\n  globalBatch: ${samples}\n`);
  const rows = losses.map((loss, index) => ({
    ...{ type: 'step', step: index + 1, epoch: 1, loss, samples, imagesPerSecond: 100 + index, worldSize: 1 },
  }));
  const evaluation = { type: 'eval', step: losses.length, top1: 0.5, top5: 0, loss: 3 };
  writeFileSync(join(directory, 'metrics.jsonl'), [...rows, evaluation].map((row) => JSON.stringify(row)).join('\n'));
  return directory;
}

const one = openComparedRun(`one=${makeRun('1', [3, 2, 1])}`);
const longer = openComparedRun(`longer=${makeRun('2', [3, 2, 1, 0.5])}`);
const other = openComparedRun(makeRun('3', [3, 2.0000002, 1], { seed: 2, samples: 16 }));

describe('compareLosses', () => {
  it('compares the steps that both have, digit for digit', () => {
    expect(compareLosses(one.metrics, longer.metrics)).toEqual({ common: 3, firstDifference: undefined });
    expect(compareLosses(one.metrics, other.metrics)).toEqual({ common: 3, firstDifference: 2 });
  });
});

describe('comparisonText', () => {
  it('has ends, what the configurations differ in, and whether losses do', () => {
    const text = comparisonText([one, longer, other]);
    expect(text).toMatch(/one +3 +2\.000 +50\.00 % \(step 3\) +50\.00 % \(step 3\) +101\n/);
    expect(text).toMatch(/training\.seed +1 +1 +2\n/);
    expect(text).toContain('one and longer: the same loss at all of the 3 steps that both have, to the last digit.');
    expect(text).toContain(`losses differ from step 2 on, of the 3 steps that both have.`);
    expect(comparisonText([one, longer])).toContain('The configurations are the same.');
  });
});

it('says what else decides bits, where it is not the same', () => {
  const machine = { processor: 'A Processor' };
  const made = (engine: string, tensorflow: string, commit: string) => ({
    workers: [0, 1].map((rank) => ({ name: `worker-${rank}`, engine, tensorflow, threads: 1, machine })),
    tandem: { version: '0.1.0', commit, modified: commit !== 'c0ffee00' },
  });
  const runs = [
    ['native', '2.21.0', 'c0ffee00'],
    ['wasm', 'tfjs-backend-wasm 4.22.0', 'c0ffee0011'],
  ].map(([engine, version, commit]) => {
    const directory = makeRun(`made-${engine}`, [3]);
    const record = { format: 1, starts: [made(engine!, version!, commit!)] };
    writeFileSync(join(directory, 'run.json'), JSON.stringify(record));
    return openComparedRun(`${engine}=${directory}`);
  });
  const text = comparisonText(runs);
  expect(text).toContain('The configurations are the same.');
  expect(text).toMatch(/computed with +native +wasm\n/);
  expect(text).toMatch(/engine +TensorFlow 2\.21\.0 +tfjs-backend-wasm 4\.22\.0\n/);
  expect(text).toMatch(/Tandem +0\.1\.0 \(c0ffee00\) +0\.1\.0 \(c0ffee00, changed\)\n/);
  expect(text).not.toContain('A Processor');
  expect(comparisonText([one, longer])).not.toContain('computed with');
});

describe('curves', () => {
  it('are drawn over images where the batches differ, else over steps', () => {
    expect(axisOf([one.metrics, longer.metrics])).toBe('step');
    expect(axisOf([one.metrics, other.metrics])).toBe('images');
    expect(lossPoints(other.metrics, 'images')[1]).toEqual([32, 2.0000002]);
    expect(evaluationPoints(other.metrics, 'images', ({ top1 }) => top1)).toEqual([[48, 0.5]]);
  });

  it('have means of stretches where there are more steps than can be seen, without losses that are no numbers', () => {
    const steps = Array.from({ length: 600 }, (_, index) => ({
      ...{ step: index + 1, epoch: 1, loss: index === 3 ? null : index, samples: 1, imagesPerSecond: 1, worldSize: 1 },
    }));
    const points = lossPoints({ steps, evaluations: [] }, 'step');
    expect(points).toHaveLength(300);
    expect(points.slice(0, 3)).toEqual([
      [2, 0.5],
      [4, 2],
      [6, 4.5],
    ]);
  });

  it('are an SVG that names runs and panels', () => {
    const svg = drawComparison([one, longer, other], 'Three & more');
    expect(svg).toMatch(/^<svg /);
    for (const text of ['Three &amp; more', 'one', 'longer', 'training loss', 'evaluation top-1 error, %', 'images/s'])
      expect(svg).toContain(`>${text}<`);
  });
});

it('refuses what is no run directory', () => {
  expect(() => openComparedRun(folder)).toThrow(expect.objectContaining({ code: 'TANDEM_RUNS_NOT_FOUND' }));
});
