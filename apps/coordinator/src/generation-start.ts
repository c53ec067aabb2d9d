import { type CheckpointState, newestCheckpoint, readCheckpoint } from '@tandem/checkpoint';
import type { Logger } from '@tandem/observability';
import type { Parameter } from '@tandem/rpc';
import type { Generations } from './generations.js';
import type { CommonStart } from './membership/common-start.js';
import type { Training } from './training/training.js';

export interface GenerationStartOptions {
  readonly log: Logger;
  readonly runDirectory: string;
  readonly generations: Generations;
  readonly training: () => Training;
  readonly parameters: () => readonly Parameter[];
  /** The run ends when this step is committed. */
  readonly lastStep: number | undefined;
  /** Somebody has asked the run to stop: at the step where it stands, if there is one. */
  readonly isStopping: () => boolean;
  readonly minWorkers: number;
  /** Too few are there: the start is held. */
  readonly paused: () => void;
}

/** From where a generation stands to its first step: the books are brought up to date, and its members told what to begin with. */
export class GenerationStart {
  readonly #options: GenerationStartOptions;
  #held: CommonStart | undefined;
  #checkpoint: CheckpointState | undefined;

  constructor(options: GenerationStartOptions) {
    this.#options = options;
  }

  /** Its members stand, and wait for others to come. */
  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  /** The state that the generation starts from, for its members; undefined where there is none by that step. */
  checkpointState(step: number): Float32Array | undefined {
    return this.#checkpoint?.manifest.step === step ? this.#checkpoint.state : undefined;
  }

  /** Another generation is published, or this one trains: what it was to start with is of no more use. */
  reset(): void {
    this.#held = undefined;
    this.#checkpoint = undefined;
  }

  /** All members stand. Rejects with a RunError: see Training.enter, and a ConfigurationError where the checkpoint is broken. */
  async agreed(start: CommonStart): Promise<void> {
    const { generations, training, minWorkers, isStopping, paused } = this.#options;
    const { members, number } = generations;
    if (start.trained) training().enter(number, members, start.step);
    if (members.length >= minWorkers || isStopping()) return this.#begin(start);
    this.#held = start;
    paused();
    generations.considerNewcomers(true);
  }

  /** Nobody else is waited for. */
  async release(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) await this.#begin(held);
  }

  async #begin(start: CommonStart): Promise<void> {
    const { generations, log, isStopping } = this.#options;
    const training = this.#options.training();
    const { number, members } = generations;
    if (!start.trained) {
      await this.#openCheckpoint();
      if (generations.number !== number) return;
    }
    const step = start.trained ? start.step : (this.#checkpoint?.manifest.step ?? 0);
    if (!start.trained) training.enter(number, members, step);
    const recorded = training.evaluationsUpTo(step);
    // The last evaluation may be in the books, though no step has gone by it yet.
    const evaluations = !start.trained || recorded.lastEvaluation === step ? recorded : start;
    const lastStep = isStopping() && step > 0 ? step : (this.#options.lastStep ?? 0);
    const { source, behind } = start;
    if (behind.length > 0)
      log.info(
        { event: 'state.copying' },
        `${behind.length === 1 ? `rank ${behind[0]} copies` : `ranks ${behind.join(', ')} copy`} the state after step ${step} from rank ${source}`,
      );
    generations.begin({
      ...{ step, lastStep, source, behind: [...behind] },
      weights: start.trained ? 'PEER' : this.#checkpoint === undefined ? 'SEED' : 'CHECKPOINT',
      evaluationErrors: [...evaluations.evaluationErrors],
      lastEvaluation: evaluations.lastEvaluation,
      checkpointDue: training.isCheckpointDue(step, step === lastStep),
    });
  }

  /** For a generation of which nobody has weights: at the start, or when all that had them are lost. */
  async #openCheckpoint(): Promise<void> {
    const { checkpoint } = await newestCheckpoint(this.#options.runDirectory);
    if (checkpoint === undefined) return;
    this.#checkpoint = await readCheckpoint(checkpoint.directory, this.#options.parameters());
  }
}
