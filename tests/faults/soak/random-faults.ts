import { RandomStream, StreamPurpose } from '@tandem/core';
import { type ProcessName, WORKERS } from '../plan.js';

/** One thing that happens in a soak. */
export interface RandomFault {
  /** After the one before. */
  readonly afterMs: number;
  readonly victim: ProcessName;
  readonly fault: 'kill' | 'stop';
  /** How long a stopped process stands, or how long a killed one stays away. */
  readonly awayMs: number;
}

/** Longer than a heartbeat time-out, so that some stops are noticed and some are not. */
const LONGEST_AWAY_MS = 8_000;
/** A part in so many of the faults is the coordinator's. */
const COORDINATOR_SHARE = 5;

/** Faults at random, `everyMs` apart on average (exponentially spread); the same for the same seed. */
export function* randomFaults(seed: number, everyMs: number): Generator<RandomFault, never> {
  const random = new RandomStream(seed, StreamPurpose.split, 0);
  const fraction = () => (random.below(1_000_000) + 1) / 1_000_001;
  for (;;)
    yield {
      afterMs: -Math.log(fraction()) * everyMs,
      victim: random.below(COORDINATOR_SHARE) === 0 ? 'coordinator' : WORKERS[random.below(WORKERS.length)]!,
      fault: random.below(2) === 0 ? 'kill' : 'stop',
      awayMs: fraction() * LONGEST_AWAY_MS,
    };
}
