import type { StandingInput } from '@tandem/rpc';

/** How far this worker's replica is: what it says when a generation ends and the next one forms. */
export class Progress {
  #trained = false;
  #step = 0;
  #errors: readonly number[] = [];
  #lastEvaluation = 0;
  /** The step of an evaluation whose errors go into the next step. */
  #evaluated: number | undefined;

  /** The last committed step. */
  get step(): number {
    return this.#step;
  }

  standing(generation: number): StandingInput {
    return {
      generation,
      trained: this.#trained,
      step: this.#step,
      evaluationErrors: [...this.#errors],
      lastEvaluation: this.#lastEvaluation,
    };
  }

  /** The replica has the state after `step`. */
  began(step: number, errors: readonly number[], lastEvaluation: number): void {
    this.#trained = true;
    this.#step = step;
    this.#errors = errors;
    this.#lastEvaluation = lastEvaluation;
    this.#evaluated = undefined;
  }

  evaluated(step: number): void {
    this.#evaluated = step;
  }

  /** `errors`: of all evaluations that the step went by. */
  committed(step: number, errors: readonly number[]): void {
    this.#step = step;
    if (this.#evaluated === undefined) return;
    this.#errors = [...errors];
    this.#lastEvaluation = this.#evaluated;
    this.#evaluated = undefined;
  }
}
