import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EvaluationPiece, StepReport } from '@tandem/rpc';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Books } from './books.js';
import { MetricsFile } from './metrics-file.js';

let folder: string;
let file: MetricsFile;
let lost: string[];
let books: Books;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-books-'));
  file = new MetricsFile(join(folder, 'metrics.jsonl'), -1);
  lost = [];
  books = new Books({
    lastCommittedStep: 0,
    file,
    observer: {
      stepped: () => undefined,
      evaluated: () => undefined,
      lost: (what, step) => lost.push(`${what} ${step}`),
    },
  });
  books.enter(1, 0);
});
afterEach(() => {
  file.close();
  rmSync(folder, { recursive: true });
});

const [a, b] = [
  { name: 'a', rank: 0 },
  { name: 'b', rank: 1 },
];
const report = (step: number, generation = 1, worldSize = 2) =>
  ({ step, generation, worldSize, loss: 1 / step, epoch: 1, samples: 8, stepMs: 1 }) as StepReport;
const piece = (index: number, samples: number, top1Errors: number) =>
  ({ index, samples, top1Errors, top5Errors: 0, loss: 1 }) satisfies EvaluationPiece;
const rows = () =>
  readFileSync(join(folder, 'metrics.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { type: string; step: number; generation?: number })
    .map(({ type, step, generation }) => `${type} ${step}${generation === undefined ? '' : ` of ${generation}`}`);

describe('Books', () => {
  it('takes a step as told by those who are left, and forgets what was not committed by all', () => {
    for (const step of [1, 2, 3]) books.addStep(a, report(step));
    books.addStep(b, report(1));
    expect(rows()).toEqual(['step 1 of 1']);
    books.enter(2, 2);
    expect(rows()).toEqual(['step 1 of 1', 'step 2 of 1']);
    books.addStep(a, report(3, 2, 1));
    expect(rows().at(-1)).toBe('step 3 of 2');
    expect(lost).toEqual([]);
  });

  it('passes over what is told again, by whoever', () => {
    for (const reporter of [a, b]) books.addStep(reporter, report(1));
    for (const reporter of [b, a, { name: 'returning', rank: undefined }]) books.addStep(reporter, report(1));
    expect(rows()).toEqual(['step 1 of 1']);
  });

  it('says what nobody who is left can tell', () => {
    books.addEvaluation(a, { generation: 1, step: 0, totalPieces: 2, pieces: [piece(0, 4, 1)] });
    books.addStep(a, report(1));
    books.enter(2, 2);
    expect(rows()).toEqual(['step 1 of 1']);
    expect(lost).toEqual(['step 2', 'eval 0']);
  });

  it('takes an evaluation that is done again from those who do it', () => {
    for (const reporter of [a, b]) books.addStep(reporter, report(1));
    books.addEvaluation(b, { generation: 1, step: 1, totalPieces: 2, pieces: [piece(1, 4, 4)] });
    books.enter(2, 1);
    books.addEvaluation(a, { generation: 2, step: 1, totalPieces: 2, pieces: [piece(0, 4, 1), piece(1, 4, 2)] });
    expect(rows()).toEqual(['step 1 of 1', 'eval 1']);
    expect(books.lastEvaluation).toBe(1);
    // Of the eight there are, not of a set of ten from which two were left out.
    expect(books.evaluationsUpTo(1, 10)).toEqual([[1, 3]]);
    expect(books.evaluationsUpTo(0, 10)).toEqual([]);
  });

  it('takes the pieces of a worker that is gone from one that has done them as well, and none that differ', () => {
    for (const reporter of [a, b]) books.addStep(reporter, report(1));
    const of = (...pieces: EvaluationPiece[]) => ({ generation: 1, step: 1, totalPieces: 3, pieces });
    books.addEvaluation(a, of(piece(0, 4, 1)));
    books.addEvaluation(b, of(piece(1, 4, 2)));
    expect(() => books.addEvaluation(a, of(piece(1, 4, 3)))).toThrow(
      'piece 1 of the evaluation after step 1 otherwise',
    );
    expect(rows()).toEqual(['step 1 of 1']);
    books.addEvaluation(a, of(piece(1, 4, 2), piece(2, 2, 0)));
    books.enter(2, 1);
    expect(rows()).toEqual(['step 1 of 1', 'eval 1']);
    expect(books.evaluationsUpTo(1, 10)).toEqual([[1, 3]]);
    expect(lost).toEqual([]);
  });

  it('counts an evaluation of which nothing could be read as done', () => {
    for (const reporter of [a, b]) books.addStep(reporter, report(1));
    for (const [index, reporter] of [a, b].entries())
      books.addEvaluation(reporter, { generation: 1, step: 1, totalPieces: 2, pieces: [piece(index, 0, 0)] });
    expect(rows()).toEqual(['step 1 of 1']);
    expect(books.lastEvaluation).toBe(1);
  });
});
