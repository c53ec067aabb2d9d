import { describeError, type Machine, TandemError, thisMachine } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import type { Member } from './membership/member.js';
import type { RunOutcome } from './options.js';
import { readRunRecord, type RunStartRecord, type WorkerRecord, writeRunRecord } from './run-record.js';
import type { TandemSource } from './tandem-source.js';

export interface RunChronicleOptions {
  readonly runDirectory: string;
  readonly runId: string;
  /** What was recorded before stays. */
  readonly resume: boolean;
  readonly afterStep: number;
  readonly seed: number;
  readonly command: readonly string[] | undefined;
  readonly modules: string | undefined;
  readonly tandem: TandemSource;
  readonly log: Logger;
}

/** Keeps run.json while a run goes on. A disk that cannot take it is told of, and ends nothing. */
export class RunChronicle {
  readonly #options: RunChronicleOptions;
  readonly #earlier: readonly RunStartRecord[];
  #start: RunStartRecord;

  constructor(options: RunChronicleOptions) {
    const { runDirectory, runId, resume, afterStep, seed, command, modules, tandem } = options;
    this.#options = options;
    this.#earlier = resume ? (readRunRecord(runDirectory)?.starts ?? []) : [];
    this.#start = {
      ...{ runId, startedAt: new Date().toISOString(), afterStep },
      ...(command !== undefined && { command }),
      workingDirectory: process.cwd(),
      ...(modules !== undefined && { modules }),
      ...{ seed, tandem, coordinator: thisMachine(), workers: [] },
    };
    this.#write();
  }

  /** A generation of the run is published. */
  published(runId: string, generation: number, members: readonly Member[]): void {
    const { workers } = this.#start;
    const news = members
      .filter(({ prepared }) => prepared !== undefined)
      .map((member) => workerRecord(member, generation))
      .filter((worker) => !workers.some((known) => isSameWorker(known, worker)));
    if (news.length === 0 && runId === this.#start.runId) return;
    this.#start = { ...this.#start, runId, workers: [...workers, ...news] };
    this.#write();
  }

  trains(totalSteps: number): void {
    this.#start = { ...this.#start, totalSteps };
    this.#write();
  }

  ended({ result, step, reason, error }: Pick<RunOutcome, 'result' | 'step' | 'reason' | 'error'>): void {
    const end = {
      ...{ endedAt: new Date().toISOString(), result, step },
      ...(reason !== undefined && { reason }),
      ...(error instanceof TandemError && { code: error.code }),
    };
    this.#start = { ...this.#start, end };
    this.#write();
  }

  #write(): void {
    const { runDirectory, log } = this.#options;
    try {
      writeRunRecord(runDirectory, { format: 1, starts: [...this.#earlier, this.#start] });
    } catch (error) {
      log.warn(
        { event: 'run.record-paused', err: error as Error },
        `run.json cannot be written: ${describeError(error)}`,
      );
    }
  }
}

function workerRecord({ name, rank, hello, prepared }: Member, generation: number): WorkerRecord {
  const { engine, tensorflowVersion: tensorflow, threads, machine } = prepared!;
  return {
    ...{ name, device: hello.device, tandem: hello.tandemVersion, engine: engine || 'native', tensorflow, threads },
    ...{ generation, rank: rank! },
    ...(machine !== null && { machine: { host: hello.host, ...machine } satisfies Machine }),
  };
}

/** A worker that comes back on the same machine is no other one. */
function isSameWorker(one: WorkerRecord, other: WorkerRecord): boolean {
  const { generation: _, rank: __, ...known } = one;
  const { generation: ___, rank: ____, ...there } = other;
  return JSON.stringify(known) === JSON.stringify(there);
}
