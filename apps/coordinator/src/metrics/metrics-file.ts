import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { RunError } from '@tandem/core';
import type { MetricsRow } from './rows.js';

/**
 * metrics.jsonl. A row is in the file when `append` returns: a handful of bytes a step, and no buffer that a kill could
 * take. On opening, what comes after `afterStep` is cut off, and so is a line that a kill tore.
 */
export class MetricsFile {
  readonly #path: string;
  readonly #file: number;
  readonly #evaluated = new Map<number, number>();
  #lastStep = 0;

  /** Throws a RunError (`TANDEM_METRICS_WRITE`). */
  constructor(path: string, afterStep: number) {
    this.#path = path;
    this.#file = this.#guarded(() => {
      this.#cut(afterStep);
      return openSync(path, 'a');
    });
  }

  /** The last step in the file from before; 0: none. */
  get lastStep(): number {
    return this.#lastStep;
  }

  /** Whether the evaluation after this step is in the file. */
  hasEvaluation(step: number): boolean {
    return this.#evaluated.has(step);
  }

  /** Of the evaluations in the file, in order: the step and the top-1 error. */
  get evaluations(): readonly (readonly [step: number, top1: number])[] {
    return [...this.#evaluated].sort(([one], [other]) => one - other);
  }

  /** Throws a RunError (`TANDEM_METRICS_WRITE`). */
  append(row: MetricsRow): void {
    this.#guarded(() => writeSync(this.#file, `${JSON.stringify(row)}\n`));
    if (row.type === 'eval') this.#evaluated.set(row.step, row.top1);
  }

  close(): void {
    this.#guarded(() => {
      try {
        fsyncSync(this.#file);
      } finally {
        closeSync(this.#file);
      }
    });
  }

  #cut(afterStep: number): void {
    if (!existsSync(this.#path)) return;
    const kept: string[] = [];
    const seen = new Set<string>();
    for (const line of readFileSync(this.#path, 'utf8').split('\n')) {
      const row = parseRow(line);
      if (row === undefined || row.step > afterStep || seen.has(`${row.type} ${row.step}`)) continue;
      seen.add(`${row.type} ${row.step}`);
      if (row.type === 'eval') this.#evaluated.set(row.step, row.top1 ?? NaN);
      else this.#lastStep = Math.max(this.#lastStep, row.step);
      kept.push(`${line}\n`);
    }
    writeFileSync(`${this.#path}.writing`, kept.join(''), { flush: true });
    renameSync(`${this.#path}.writing`, this.#path);
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      throw new RunError({
        code: 'TANDEM_METRICS_WRITE',
        what: 'the metrics cannot be written',
        where: this.#path,
        remedy: 'Check that the disk has room and the folder can be written to.',
        cause,
      });
    }
  }
}

function parseRow(line: string): (Pick<MetricsRow, 'type' | 'step'> & { top1?: number }) | undefined {
  try {
    const row = JSON.parse(line) as (Partial<MetricsRow> & { top1?: number }) | null;
    return typeof row?.step === 'number' && typeof row.type === 'string'
      ? { type: row.type, step: row.step, ...(typeof row.top1 === 'number' && { top1: row.top1 }) }
      : undefined;
  } catch {
    return undefined;
  }
}
