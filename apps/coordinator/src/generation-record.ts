import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunConfig } from '@tandem/core';
import { changesOnResume } from './config-changes.js';

/** What a coordinator that is started again must know of the one before: whose workers may still be training. */
export interface GenerationRecord {
  readonly runId: string;
  /** HOST:PORT at which workers look for their coordinator. */
  readonly address: string;
  /** Of the newest generation that was published. */
  readonly generation: number;
  /** Names by rank. */
  readonly members: readonly string[];
  /** As the workers have it. */
  readonly config: RunConfig;
}

function recordFile(runDirectory: string): string {
  return join(runDirectory, 'generation.json');
}

/** Whole or not at all, before anybody hears of the generation. */
export function writeRecord(runDirectory: string, record: GenerationRecord): void {
  const file = recordFile(runDirectory);
  writeFileSync(`${file}.writing`, JSON.stringify(record, undefined, 2));
  renameSync(`${file}.writing`, file);
}

/** The run is over: nobody trains. */
export function removeRecord(runDirectory: string): void {
  rmSync(recordFile(runDirectory), { force: true });
}

/** Undefined: the run before ended in some order, or cannot be told from what is there. */
export function readRecord(runDirectory: string): GenerationRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(runDirectory), 'utf8')) as GenerationRecord;
  } catch {
    return undefined;
  }
}

/** Whether workers of the recorded run would train the same bits under this configuration. */
export function isSameRun(record: GenerationRecord, config: RunConfig): boolean {
  try {
    return changesOnResume(record.config, config, 'generation.json').length === 0;
  } catch {
    return false;
  }
}

/** The configuration with what the recorded run has fixed for good. */
export function withRecorded(config: RunConfig, { config: recorded }: GenerationRecord): RunConfig {
  const { microBatches } = recorded.training;
  const { factors } = recorded.exchange;
  return {
    ...config,
    training: { ...config.training, microBatches },
    exchange: { ...config.exchange, factors },
  };
}
