/** A run's life; `finished` is also what it is when it was stopped in order. */
export const runStates = ['waiting', 'starting', 'training', 'paused', 'stopping', 'finished', 'failed'] as const;
export type RunState = (typeof runStates)[number];

/**
 * Where a run is between the first worker that joins and the last one that leaves: waiting → starting (a generation forms) → training →
 * stopping → finished; from training to starting or paused and back as workers go and come; and from anywhere → failed.
 */
export class RunLife {
  #state: RunState = 'waiting';
  #hasStarted = false;
  #stopReason: string | undefined;

  get state(): RunState {
    return this.#state;
  }

  /** No generation has formed yet. */
  get isWaiting(): boolean {
    return this.#state === 'waiting';
  }

  /** A generation has trained. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  /** Somebody has asked it to stop, whether or not its members know. */
  get isStopping(): boolean {
    return this.#stopReason !== undefined;
  }

  /** Why, as who asked first said it. */
  get stopReason(): string | undefined {
    return this.#stopReason;
  }

  get isOver(): boolean {
    return this.#state === 'finished' || this.#state === 'failed';
  }

  /** A generation forms. Of one whose members have been told to stop it is the last. */
  forms(): void {
    if (this.#state !== 'stopping') this.#state = 'starting';
  }

  trains(): void {
    this.#state = 'training';
    this.#hasStarted = true;
  }

  /** Too few are left. */
  pauses(): void {
    this.#state = 'paused';
  }

  /** Somebody asks it to stop. False: it is over, or was asked before. */
  askToStop(reason: string): boolean {
    if (this.isOver || this.isStopping) return false;
    this.#stopReason = reason;
    return true;
  }

  /** Its members have been told to. */
  stops(): void {
    this.#state = 'stopping';
  }

  finishes(): void {
    this.#state = 'finished';
  }

  fails(): void {
    this.#state = 'failed';
  }
}
