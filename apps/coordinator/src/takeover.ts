import type { Logger } from '@tandem/observability';
import type { Hello } from '@tandem/rpc';
import type { GenerationRecord } from './generation-record.js';
import type { Job } from './job.js';
import type { Member } from './membership/member.js';
import { Reattachment } from './membership/reattachment.js';
import type { Workers } from './workers.js';

export interface TakeoverOptions {
  readonly record: GenerationRecord;
  readonly windowMs: number;
  readonly job: Job;
  readonly workers: Workers;
  readonly log: Logger;
  readonly isOver: () => boolean;
  /** How the run goes on is decided. */
  readonly decided: () => void;
}

/**
 * A coordinator in the place of one that was lost. The run goes on in its generation where all its workers come back, in the next
 * one where some do, and from its newest checkpoint, as another run, where none does.
 */
export class Takeover {
  readonly #options: TakeoverOptions;
  readonly #window: Reattachment;

  constructor(options: TakeoverOptions) {
    const { record, windowMs, workers } = options;
    this.#options = options;
    this.#window = new Reattachment({
      ...{ record, windowMs },
      members: () => workers.connected,
      decided: (back, all) => workers.attempt(() => this.#decide(back, all)),
    });
  }

  /** Workers are waited for. */
  get isOpen(): boolean {
    return this.#window.isOpen;
  }

  /** Whether the worker is of the run that is taken over. */
  knows(hello: Hello): boolean {
    return this.#window.knows(hello);
  }

  /** Somebody is prepared. With the first, the run's training goes on. Throws a RunError: see Job.goOn. */
  prepared(member: Member): void {
    const { job, record } = this.#options;
    if (job.training === undefined) job.goOn(member, record);
    this.#window.look();
  }

  close(): void {
    this.#window.close();
  }

  /** `all`: the generation goes on as if nothing had been; else those who came back make the next one. */
  #decide(back: readonly Member[], all: boolean): void {
    const { record, job, workers, log, isOver, decided } = this.#options;
    if (isOver()) return;
    const { generation, members, runId } = record;
    const { generations, connected } = workers;
    const fresh = connected.filter(({ hello }) => hello.runId !== runId);
    const names = back.map(({ name }) => name).join(', ');
    if (back.length === 0) {
      log.warn({ event: 'run.workers-missing' }, 'no worker came back: the run goes on from its newest checkpoint');
      job.beginAnew();
    } else if (all) {
      log.info(
        { event: 'run.workers-back' },
        `all ${back.length} workers of generation ${generation} are back: ${names}`,
      );
      generations.adopt(generation, back);
      job.training!.adopt(generation, back);
      workers.started();
    } else {
      log.warn({ event: 'run.workers-missing' }, `${back.length} of ${members.length} workers are back: ${names}`);
      generations.continueFrom(generation);
      generations.form();
    }
    for (const member of fresh) workers.welcome(member);
    decided();
  }
}
