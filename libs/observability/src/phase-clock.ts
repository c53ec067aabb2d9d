import { invariant } from '@tandem/core';

/** The phases of a training step, named alike in logs, metrics and code. */
export const stepPhases = ['data', 'compute', 'exchange', 'update'] as const;
export type StepPhase = (typeof stepPhases)[number];

export interface StepTimes<P extends string = StepPhase> {
  /** From `start` to `finish`. */
  readonly stepMs: number;
  /** Time spent in each phase alone: an inner phase's time is not counted to the outer one. */
  readonly phaseMs: Readonly<Record<P, number>>;
}

export interface PhaseClockOptions<P extends string = StepPhase> {
  /** Milliseconds, never going back. */
  readonly now?: () => number;
  /** Told of every phase that begins. */
  readonly onEnter?: (phase: P) => void;
  /** Told of every phase that ends. */
  readonly onLeave?: (phase: P) => void;
}

/**
 * Measures where a step's time goes. Phases nest: while an inner one runs the outer one's clock stands, so the phases of a
 * step never add up to more than the step.
 */
export class PhaseClock<P extends string = StepPhase> {
  readonly #phases: readonly P[];
  readonly #now: () => number;
  readonly #onEnter: ((phase: P) => void) | undefined;
  readonly #onLeave: ((phase: P) => void) | undefined;
  readonly #open: P[] = [];
  #ms: Record<P, number>;
  #started: number;
  #last: number;

  constructor(phases: readonly P[], options: PhaseClockOptions<P> = {}) {
    const { now = () => performance.now(), onEnter, onLeave } = options;
    this.#phases = phases;
    this.#now = now;
    this.#onEnter = onEnter;
    this.#onLeave = onLeave;
    this.#ms = this.#zeros();
    this.#started = this.#last = now();
  }

  /** The innermost phase that runs now. */
  get current(): P | undefined {
    return this.#open.at(-1);
  }

  /** Begins a step: all clocks at zero. */
  start(): void {
    invariant(this.#open.length === 0, `no phase is open when a step starts, ${this.#open.join(' > ')} is`);
    this.#ms = this.#zeros();
    this.#started = this.#last = this.#now();
  }

  /** Runs `work` within `phase`; an asynchronous one until its promise settles. */
  measure<T>(phase: P, work: () => T): T {
    this.#enter(phase);
    let pending = false;
    try {
      const result = work();
      if (result instanceof Promise) {
        pending = true;
        return result.finally(() => this.#leave(phase)) as T;
      }
      return result;
    } finally {
      if (!pending) this.#leave(phase);
    }
  }

  /** The times since `start`. */
  finish(): StepTimes<P> {
    const now = this.#now();
    this.#account(now);
    return { stepMs: now - this.#started, phaseMs: { ...this.#ms } };
  }

  #enter(phase: P): void {
    this.#account(this.#now());
    this.#open.push(phase);
    this.#onEnter?.(phase);
  }

  #leave(phase: P): void {
    this.#account(this.#now());
    const left = this.#open.pop();
    invariant(left === phase, `phases end in the order they nest: ${phase} ended within ${left ?? 'nothing'}`);
    this.#onLeave?.(phase);
  }

  #account(now: number): void {
    const phase = this.current;
    if (phase !== undefined) this.#ms[phase] += now - this.#last;
    this.#last = now;
  }

  #zeros(): Record<P, number> {
    return Object.fromEntries(this.#phases.map((phase) => [phase, 0])) as Record<P, number>;
  }
}
