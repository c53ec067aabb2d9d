import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from '@tandem/core';
import type { TandemSource } from './tandem-source.js';

/** run.json: how a run came about, and how each of its starts ended. */
export interface RunRecord {
  readonly format: 1;
  /** In order; the first began at step 0, or took over a run from before there was this file. */
  readonly starts: readonly RunStartRecord[];
}

/** From one start of the coordinator to its end. */
export interface RunStartRecord {
  readonly runId: string;
  /** ISO 8601, as all times here. */
  readonly startedAt: string;
  /** The step that it went on from. */
  readonly afterStep: number;
  /** Where a command started it. */
  readonly command?: readonly string[];
  readonly workingDirectory: string;
  /** The folder of `model.module`, where `tandem run` started workers that load one. */
  readonly modules?: string;
  readonly seed: number;
  readonly tandem: TandemSource;
  readonly coordinator: Machine;
  /** Each that was in a generation, once. */
  readonly workers: readonly WorkerRecord[];
  /** Of the whole run; absent: no worker had said how many samples there are. */
  readonly totalSteps?: number;
  /** Absent: it goes on, or was killed. */
  readonly end?: RunEndRecord;
}

export interface WorkerRecord {
  readonly name: string;
  readonly device: string;
  readonly tandem: string;
  /** What it computed with. Absent: an older Tandem's, which was native. */
  readonly engine?: string;
  /** Of what it computed with. */
  readonly tensorflow: string;
  readonly threads: number;
  /** The first generation that it was in, and its rank there. */
  readonly generation: number;
  readonly rank: number;
  /** Absent: it did not say. */
  readonly machine?: Machine;
}

export interface RunEndRecord {
  readonly endedAt: string;
  readonly result: 'finished' | 'stopped' | 'failed' | 'aborted';
  readonly step: number;
  readonly reason?: string;
  /** Of the error that it failed by. */
  readonly code?: string;
}

export function runRecordFile(runDirectory: string): string {
  return join(runDirectory, 'run.json');
}

/** Undefined: there is none, or none that can be read. */
export function readRunRecord(runDirectory: string): RunRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(runRecordFile(runDirectory), 'utf8')) as RunRecord;
    return record.format === 1 && Array.isArray(record.starts) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all. */
export function writeRunRecord(runDirectory: string, record: RunRecord): void {
  const file = runRecordFile(runDirectory);
  writeFileSync(`${file}.writing`, `${JSON.stringify(record, undefined, 2)}\n`);
  renameSync(`${file}.writing`, file);
}
