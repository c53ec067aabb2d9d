import { Deferred } from '@tandem/core';
import { generationOver } from './coordinator-errors.js';
import type { Begin, Booked, Generation } from './messages.js';

/**
 * What the coordinator says of generations, for one reader that may be behind: only the newest one counts. After `fail` the
 * reader gets the error, whatever waits.
 */
export class GenerationMailbox {
  #newest: Generation | undefined;
  #taken = 0;
  #begin: Begin | undefined;
  #booked: Booked = { step: 0, evaluation: 0 };
  #away = false;
  #failure: Error | undefined;
  #changed = new Deferred<void>();

  push(generation: Generation): void {
    this.#newest = generation;
    this.#change();
  }

  begin(begin: Begin): void {
    this.#begin = begin;
    this.#change();
  }

  booked(booked: Booked): void {
    this.#booked = booked;
    this.#change();
  }

  setAway(away: boolean): void {
    this.#away = away;
    this.#change();
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#change();
  }

  /** The newest generation that has not been taken. */
  async next(): Promise<Generation> {
    const generation = await this.#until(() => (this.#newest?.number === this.#taken ? undefined : this.#newest));
    this.#taken = generation.number;
    return generation;
  }

  /** How the generation begins. Rejects with `TANDEM_GENERATION_OVER` when there is a newer one. */
  beginOf(generation: number): Promise<Begin> {
    return this.#until(() => {
      this.#checkPresent(generation);
      return this.#begin?.generation === generation ? this.#begin : undefined;
    });
  }

  /** The evaluation after `step` is in the books. */
  isEvaluationBooked(step: number): boolean {
    return this.#booked.evaluation >= step;
  }

  /** Whether it is: resolves when it is, or the coordinator is away. Rejects as `beginOf` does. */
  evaluationBooked(generation: number, step: number): Promise<boolean> {
    return this.#until(() => {
      this.#checkPresent(generation);
      if (this.isEvaluationBooked(step)) return true;
      return this.#away ? false : undefined;
    });
  }

  /** Resolves when the coordinator is away; rejects when the run is over. */
  async coordinatorAway(): Promise<void> {
    await this.#until(() => this.#away || undefined);
  }

  #checkPresent(generation: number): void {
    const present = this.#newest?.number ?? 0;
    if (present > generation) throw generationOver(generation, present);
  }

  async #until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const found = look();
      if (found !== undefined) return found;
      await this.#changed.promise;
    }
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = new Deferred();
  }
}
