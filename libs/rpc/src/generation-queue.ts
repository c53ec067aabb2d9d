import { Deferred } from '@tandem/core';
import type { Generation } from './messages.js';

/** Generations in the order in which they came, for one reader. After `fail` the reader gets the error, whatever waits. */
export class GenerationQueue {
  readonly #waiting: Generation[] = [];
  #reader: Deferred<Generation> | undefined;
  #failure: Error | undefined;

  push(generation: Generation): void {
    if (this.#reader === undefined) this.#waiting.push(generation);
    else this.#reader.resolve(generation);
    this.#reader = undefined;
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#reader?.reject(this.#failure);
    this.#reader = undefined;
  }

  async next(): Promise<Generation> {
    if (this.#failure !== undefined) throw this.#failure;
    const first = this.#waiting.shift();
    if (first !== undefined) return first;
    this.#reader ??= new Deferred();
    return this.#reader.promise;
  }
}
