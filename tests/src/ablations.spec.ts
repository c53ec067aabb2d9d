import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '@tandem/core/config';
import { makeIdxDataset } from './support/data-sets.js';
import { scratchFolder } from './support/scratch.js';

const root = join(import.meta.dirname, '../..');
const examples = join(root, 'examples/ablations');
const scratch = scratchFolder();

describe('npm run ablations', () => {
  it('trains each arm once, draws it, and writes figures and table', () => {
    makeIdxDataset(join(scratch, 'idx'), { train: 40, evaluation: 20 });
    mkdirSync(join(scratch, 'docs'));
    const page = join(scratch, 'docs/ablations.md');
    const marks = ['<!-- ablations: written by npm run ablations -->', '<!-- /ablations -->'] as const;
    writeFileSync(page, `before\n${marks[0]}\nold\n${marks[1]}\nafter\n`);
    const settings = [
      ...[`data.train=${scratch}/idx/train`, `data.eval=${scratch}/idx/eval`, 'data.limit=16', 'model.width=0.02'],
      ...['training.epochs=1', 'evaluation.everyEpochs=1'],
    ];
    const places = ['--runs', join(scratch, 'runs'), '--into', scratch];
    const start = (...more: string[]) =>
      spawnSync(
        process.execPath,
        [
          join(root, 'node_modules/tsx/dist/cli.mjs'),
          join(root, 'benchmarks/ablations/main.ts'),
          ...['--seeds', '1', ...places, ...settings.flatMap((setting) => ['--set', setting]), ...more],
        ],
        { encoding: 'utf8', cwd: root },
      );

    const { status, stdout, stderr } = start('--only', 'towers');
    expect(status, stderr).toBe(0);
    const file = join(root, stdout.trim());
    const { results } = JSON.parse(readFileSync(file, 'utf8')) as {
      results: { name: string; arms: { file: string; errors: number[]; trainingLoss: { mean: number } }[] }[];
    };
    expect(results.map(({ name, arms }) => [name, arms.map((arm) => arm.file)])).toEqual([
      ['towers', ['paper', 'half-tower', 'one-tower']],
    ]);
    for (const { errors, trainingLoss } of results[0]!.arms) {
      expect(errors[0]).toBeGreaterThan(0);
      expect(trainingLoss.mean).toBeGreaterThan(0);
    }
    const svg = readFileSync(join(scratch, 'docs/images/ablations/towers.svg'), 'utf8');
    for (const text of ['<svg', 'Two towers against one', 'one of them alone', 'training loss', 'epoch'])
      expect(svg).toContain(text);
    // A part of them leaves the page as it is.
    expect(readFileSync(page, 'utf8')).toContain('old');

    const all = start();
    expect(all.status, all.stderr).toBe(0);
    const lines = readFileSync(page, 'utf8').split('\n');
    expect(lines[0]).toBe('before');
    expect(lines.slice(-3)).toEqual([marks[1], 'after', '']);
    expect(lines).not.toContain('old');
    expect(lines.filter((line) => line.startsWith('| ')).length).toBe(1 + 2 + 2 + 2 + 2 + 3);
    // One run of each configuration, though four ablations share one.
    expect(readdirSync(join(scratch, 'runs')).filter((name) => !name.endsWith('.log')).length).toBe(8);
  }, 600_000);

  it('refuses an ablation that there is not', () => {
    const args = [join(root, 'node_modules/tsx/dist/cli.mjs'), join(root, 'benchmarks/ablations/main.ts')];
    const { status, stderr } = spawnSync(process.execPath, [...args, '--only', 'lrn'], { encoding: 'utf8', cwd: root });
    expect(status).not.toBe(0);
    expect(stderr).toContain('--only lrn: there are activation, pooling, dropout, augmentation, towers');
  });
});

describe('examples/ablations', () => {
  const paper = loadConfig(join(examples, 'paper.yaml'));
  const load = (name: string) => loadConfig(join(examples, `${name}.yaml`));

  it('differ from the paper’s in one thing each', () => {
    const { model, augment } = paper;
    expect(load('plain-pooling')).toEqual({ ...paper, model: { ...model, pooling: 'plain' } });
    expect(load('no-dropout')).toEqual({ ...paper, model: { ...model, dropout: 0 } });
    expect(load('no-augmentation')).toEqual({ ...paper, augment: { ...augment, enabled: false } });
    expect(load('one-tower')).toEqual({ ...paper, model: { ...model, towers: 1 } });
    expect(load('half-tower')).toEqual({ ...paper, model: { ...model, towers: 'half' } });
  });

  it('has ReLU and tanh differ in the activation and their rates', () => {
    const [relu, tanh] = [load('relu'), load('tanh')];
    const optimizer = { ...relu.optimizer, learningRate: tanh.optimizer.learningRate };
    expect(tanh).toEqual({ ...relu, model: { ...relu.model, activation: 'tanh' }, optimizer });
  });
});
