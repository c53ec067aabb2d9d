import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { RunError } from '@tandem/core';
import type { MetricsRow } from './rows.js';

/** Troubles of a disk that may pass: rows are held back for it, and training goes on. */
const passing = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS'];

export interface MetricsFileObserver {
  /** Rows cannot be written, and are held back. */
  paused(error: Error): void;
  /** So many rows were held back and are in the file now. */
  resumed(rows: number): void;
}

const nobody: MetricsFileObserver = { paused: () => undefined, resumed: () => undefined };

/**
 * metrics.jsonl. A row is in the file when `append` returns: a handful of bytes a step, and no buffer that a kill could
 * take; only where the disk is full or in trouble are rows held back, and written when that is over. On opening, what comes after `afterStep` is cut off, and so is a line that a kill tore.
 */
export class MetricsFile {
  readonly #path: string;
  readonly #file: number;
  readonly #evaluated = new Map<number, number>();
  readonly #observer: MetricsFileObserver;
  #bytes: number;
  #heldBack: string[] = [];
  #isPaused = false;
  #lastStep = 0;

  /** Throws a RunError (`TANDEM_METRICS_WRITE`). */
  constructor(path: string, afterStep: number, observer: MetricsFileObserver = nobody) {
    this.#path = path;
    this.#observer = observer;
    this.#file = this.#guarded(() => {
      this.#cut(afterStep);
      return openSync(path, 'a');
    });
    this.#bytes = this.#guarded(() => fstatSync(this.#file).size);
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
    this.#heldBack.push(`${JSON.stringify(row)}\n`);
    this.#guarded(() => this.#write());
    if (row.type === 'eval') this.#evaluated.set(row.step, row.top1);
  }

  /** Throws a RunError (`TANDEM_METRICS_WRITE`) where rows are held back that still cannot be written. */
  flush(): void {
    this.#guarded(() => this.#write());
    if (this.#heldBack.length === 0) return;
    throw metricsUnwritable(this.#path, `${this.#heldBack.length} rows of the metrics cannot be written`);
  }

  close(): void {
    try {
      this.flush();
      this.#guarded(() => fsyncSync(this.#file));
    } finally {
      closeSync(this.#file);
    }
  }

  #write(): void {
    if (this.#heldBack.length === 0) return;
    try {
      const lines = Buffer.from(this.#heldBack.join(''));
      for (let at = 0; at < lines.byteLength;) at += writeSync(this.#file, lines, at);
      this.#bytes += lines.byteLength;
    } catch (error) {
      if (!passing.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      // A disk may take a part before it is full.
      ftruncateSync(this.#file, this.#bytes);
      if (!this.#isPaused) this.#observer.paused(error as Error);
      this.#isPaused = true;
      return;
    }
    if (this.#isPaused) this.#observer.resumed(this.#heldBack.length);
    this.#isPaused = false;
    this.#heldBack = [];
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
      throw metricsUnwritable(this.#path, 'the metrics cannot be written', cause);
    }
  }
}

function metricsUnwritable(path: string, what: string, cause?: unknown): RunError {
  return new RunError({
    code: 'TANDEM_METRICS_WRITE',
    what,
    where: path,
    remedy: 'Check that the disk has room and the folder can be written to.',
    cause,
  });
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
