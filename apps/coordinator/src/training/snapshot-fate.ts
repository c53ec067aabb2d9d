import { bestSteps, type Retention } from '@tandem/checkpoint';
import type { SnapshotReady } from '@tandem/rpc';

/** A snapshot is taken at once, when more is known, or not at all. */
export type SnapshotFate = 'take' | 'wait' | 'decline';

export interface SnapshotFacts {
  /** Replicas are being compared after this step, and not all have said what they have. */
  readonly isCompared: (step: number) => boolean;
  /** The books are past this step: an evaluation after it would be in them. */
  readonly isPast: (step: number) => boolean;
  readonly retention: Retention;
}

/**
 * Nothing is written of replicas that may differ: a run could go on from the wrong one. A snapshot that is for the best
 * evaluations only waits for its own.
 */
export function snapshotFate(
  { step, ifBest }: Pick<SnapshotReady, 'step' | 'ifBest'>,
  { isCompared, isPast, retention }: SnapshotFacts,
): SnapshotFate {
  // A rank says what its weights are before it reports the next step: past that, nothing more will come.
  if (isCompared(step) && !isPast(step)) return 'wait';
  if (!ifBest) return 'take';
  const { errors } = retention;
  if (!errors.has(step)) return isPast(step) ? 'decline' : 'wait';
  return bestSteps([...errors.keys()], retention).includes(step) ? 'take' : 'decline';
}
