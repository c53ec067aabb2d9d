import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { nameOf } from './cells.js';
import type { CellResult } from './run-cell.js';

export interface KeptCell extends Pick<CellResult, 'fault' | 'phase' | 'target' | 'passed' | 'seconds'> {
  readonly recoveryMs: number | null;
}

export interface KeptResults {
  readonly benchmark: 'faults';
  readonly date: string;
  readonly cores: number;
  readonly processor: string;
  readonly node: string;
  readonly cells: readonly KeptCell[];
}

export const RESULTS = join(import.meta.dirname, '../../benchmarks/results');

function today(): { readonly date: string; readonly file: string; readonly kept: readonly KeptCell[] } {
  const date = new Date().toISOString().slice(0, 10);
  const file = join(RESULTS, `faults-${date}.json`);
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as KeptResults).cells : [];
  return { date, file, kept };
}

/** Names of the cells that the day's runs have passed. */
export function passedToday(): ReadonlySet<string> {
  return new Set(
    today()
      .kept.filter(({ passed }) => passed)
      .map(nameOf),
  );
}

/** Writes benchmarks/results/faults-DATE.json; cells that were not run now keep what the day's runs before found. */
export function keepResults(results: readonly CellResult[]): void {
  const { date, file, kept } = today();
  const cells = new Map(kept.map((cell) => [nameOf(cell), cell]));
  for (const { fault, phase, target, passed, recoveryMs, seconds } of results) {
    const cell = { fault, phase, target, passed, recoveryMs: recoveryMs ?? null, seconds: Math.round(seconds) };
    cells.set(nameOf(cell), cell);
  }
  const whole: KeptResults = {
    ...{ benchmark: 'faults', date, cores: cpus().length, processor: cpus()[0]!.model.trim() },
    ...{ node: process.versions.node, cells: [...cells.values()] },
  };
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(file, `${JSON.stringify(whole, undefined, 2)}\n`);
}

export interface SoakFigures {
  readonly minutes: number;
  readonly seed: number;
  readonly everySeconds: number;
  readonly steps: number;
  readonly kills: number;
  readonly stops: number;
  readonly passedOver: number;
}

/** Writes benchmarks/results/soak-DATE.json: the longest of the day. */
export function keepSoak(figures: SoakFigures, passed: boolean): void {
  const date = new Date().toISOString().slice(0, 10);
  const file = join(RESULTS, `soak-${date}.json`);
  const before = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as SoakFigures).minutes : 0;
  if (before > figures.minutes) return;
  mkdirSync(RESULTS, { recursive: true });
  const where = { cores: cpus().length, processor: cpus()[0]!.model.trim(), node: process.versions.node };
  writeFileSync(file, `${JSON.stringify({ benchmark: 'soak', date, ...where, ...figures, passed }, undefined, 2)}\n`);
}
