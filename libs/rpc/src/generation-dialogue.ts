import { invariant } from '@tandem/core';
import type { ControlBlock } from './control-block.js';
import { generationOver } from './coordinator-errors.js';
import type { GenerationMailbox } from './generation-mailbox.js';
import type { Begin, Generation, ReadyInput, StandingInput } from './messages.js';
import type { ThreadLink } from './thread-link.js';

/** A generation, and this worker's rank in it. */
export type GenerationMessage = Generation & { readonly rank: number };

export interface GenerationDialogueOptions {
  /** This worker's. */
  readonly name: string;
  readonly link: ThreadLink;
  readonly control: ControlBlock;
  /** What the coordinator has said. */
  readonly mailbox: GenerationMailbox;
}

/** What a worker and its coordinator say to each other of generations: which there is, where the worker stands, how it begins. */
export class GenerationDialogue {
  readonly #options: GenerationDialogueOptions;
  #present: GenerationMessage | undefined;

  constructor(options: GenerationDialogueOptions) {
    this.#options = options;
  }

  /** What `next` gave last; undefined: nothing yet. */
  get present(): GenerationMessage | undefined {
    return this.#present;
  }

  /** The newest generation that this has not given yet. Rejects when the run ends (`TANDEM_RUN_ENDED`, `TANDEM_RUN_FAILED`) or the coordinator is lost. */
  async next(): Promise<GenerationMessage> {
    const { name, mailbox } = this.#options;
    const generation = await mailbox.next();
    const rank = generation.members.find((member) => member.name === name)?.rank;
    invariant(rank !== undefined, `worker ${name} was sent generation ${generation.number}, which it is not in`);
    this.#present = { ...generation, rank };
    return this.#present;
  }

  /** Says what this worker has, in answer to a generation. */
  stand(standing: StandingInput): void {
    const { control, link } = this.#options;
    control.trainedGeneration = 0;
    link.post({ kind: 'send', message: { standing } });
  }

  /** How the generation begins, when all members have said where they stand. Rejects with `TANDEM_GENERATION_OVER`, and as `next`. */
  begin(generation: number): Promise<Begin> {
    return this.#options.mailbox.beginOf(generation);
  }

  ready(ready: ReadyInput): void {
    const { control, link } = this.#options;
    control.trainedGeneration = Number(ready.generation ?? 0);
    link.post({ kind: 'send', message: { ready } });
  }

  /** Throws `TANDEM_GENERATION_OVER` where there is a newer one. Cheap, and needs no event loop. */
  checkPresent(generation: number): void {
    const { newestGeneration } = this.#options.control;
    if (newestGeneration > generation) throw generationOver(generation, newestGeneration);
  }

  /** The evaluation after `step` is in the books. */
  isEvaluationBooked(step: number): boolean {
    return this.#options.mailbox.isEvaluationBooked(step);
  }

  /** Whether it is: resolves when it is, or the coordinator is away. Rejects as `begin` does. */
  evaluationBooked(generation: number, step: number): Promise<boolean> {
    return this.#options.mailbox.evaluationBooked(generation, step);
  }

  /** Resolves when the coordinator is away; rejects when the run is over. */
  coordinatorAway(): Promise<void> {
    return this.#options.mailbox.coordinatorAway();
  }
}
