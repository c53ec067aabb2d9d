import { WORKER_PHASES } from './phases.js';
import type { WorkerPhase } from './phases.js';

const STEP = 0;
const PHASE = 1;
const NOTICES = 2;
const NEWEST_GENERATION = 3;
const TRAINED_GENERATION = 4;
const AWAY = 5;
const READY_BATCHES = 6;
const CELLS = 7;

/** What both threads must know of each other at any time, also while the training thread is blocked. */
export class ControlBlock {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(buffer = new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer);
  }

  setProgress(step: number, phase: WorkerPhase): void {
    Atomics.store(this.#cells, STEP, step);
    Atomics.store(this.#cells, PHASE, WORKER_PHASES.indexOf(phase));
  }

  progress(): { step: number; phase: WorkerPhase } {
    const phase = WORKER_PHASES[Atomics.load(this.#cells, PHASE)] ?? 'joining';
    return { step: Atomics.load(this.#cells, STEP), phase };
  }

  /** The newest generation that this worker has been told of; 0: none. */
  get newestGeneration(): number {
    return Atomics.load(this.#cells, NEWEST_GENERATION);
  }

  set newestGeneration(number: number) {
    Atomics.store(this.#cells, NEWEST_GENERATION, number);
  }

  /** The generation that it trains in; 0: none. */
  get trainedGeneration(): number {
    return Atomics.load(this.#cells, TRAINED_GENERATION);
  }

  set trainedGeneration(number: number) {
    Atomics.store(this.#cells, TRAINED_GENERATION, number);
  }

  get coordinatorAway(): boolean {
    return Atomics.load(this.#cells, AWAY) === 1;
  }

  set coordinatorAway(away: boolean) {
    Atomics.store(this.#cells, AWAY, away ? 1 : 0);
  }

  /** Batches that were prepared and waited when one was taken last. */
  get readyBatches(): number {
    return Atomics.load(this.#cells, READY_BATCHES);
  }

  set readyBatches(count: number) {
    Atomics.store(this.#cells, READY_BATCHES, count);
  }

  /** Notices posted so far: each is on its port before it is counted. */
  get notices(): number {
    return Atomics.load(this.#cells, NOTICES);
  }

  countNotice(): void {
    Atomics.add(this.#cells, NOTICES, 1);
  }
}
