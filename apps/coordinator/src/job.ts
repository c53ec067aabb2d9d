import { randomUUID } from 'node:crypto';
import type { RunConfig } from '@tandem/core';
import { type GenerationRecord, withRecorded } from './generation-record.js';
import type { Member } from './membership/member.js';
import type { ResumePoint } from './run-directory.js';
import type { Training } from './training/training.js';

export interface TrainingBasis {
  readonly runId: string;
  readonly config: RunConfig;
  /** Prepared. */
  readonly first: Member;
  /** The workers of the coordinator before go on. */
  readonly goesOn: boolean;
}

export interface JobOptions {
  readonly config: RunConfig;
  readonly resume: ResumePoint | undefined;
  /** Whose run it is, where it is that of the coordinator before. */
  readonly record: GenerationRecord | undefined;
  readonly openTraining: (basis: TrainingBasis) => Training;
}

/** What a run is about, as its workers know it: an id, a configuration, and the training once the first members are known. */
export class Job {
  readonly resume: ResumePoint | undefined;
  readonly #openTraining: JobOptions['openTraining'];
  #id: string;
  #config: RunConfig;
  #training: Training | undefined;

  constructor({ config, resume, record, openTraining }: JobOptions) {
    this.resume = resume;
    this.#openTraining = openTraining;
    this.#id = record?.runId ?? randomUUID();
    this.#config = config;
  }

  get id(): string {
    return this.#id;
  }

  /** With what depends on the first members, once they are known. */
  get config(): RunConfig {
    return this.#config;
  }

  /** Undefined before the start. */
  get training(): Training | undefined {
    return this.#training;
  }

  /** The step that the run started or starts after. */
  get startStep(): number {
    return this.resume?.step ?? 0;
  }

  /** The last step that all ranks have committed. */
  get step(): number {
    return this.#training?.step ?? this.startStep;
  }

  /** The first members have settled what was open; from now on it holds. */
  settle(config: RunConfig): void {
    this.#config = config;
  }

  /** Throws a RunError (`TANDEM_METRICS_WRITE`). */
  begin(first: Member): void {
    this.#training = this.#open(first, false);
  }

  /** The first worker of the coordinator before is back: its generation trains. Throws as `begin`. */
  goOn(first: Member, record: GenerationRecord): void {
    this.#config = withRecorded(this.#config, record);
    this.#training = this.#open(first, true);
    this.#training.adopt(record.generation, []);
  }

  /** Those that trained are gone: it is another run from here on. */
  beginAnew(): void {
    this.#id = randomUUID();
    void this.#training?.close();
    this.#training = undefined;
  }

  #open(first: Member, goesOn: boolean): Training {
    return this.#openTraining({ runId: this.#id, config: this.#config, first, goesOn });
  }
}
