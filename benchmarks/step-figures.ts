import { median } from './median.js';

/** Of training for some steps, ours or a peer's: what both sides are compared by. */
export interface StepFigures {
  /** Of all workers together, by the median step. */
  readonly imagesPerSecond: number;
  /** A second of processor time, all threads of all workers: it says the same on a crowded machine, or nearly. */
  readonly imagesPerCoreSecond: number;
  readonly stepMs: number;
  /** The worker with the most. */
  readonly peakMemoryMb: number;
}

/** What a peer's process prints. */
export interface PeerFigures {
  readonly stepMs: readonly number[];
  /** A step, in the mean. */
  readonly cpuMs: number;
  readonly peakMemoryMb: number;
  readonly version: string;
}

/** A step lasts until the last rank has done it. */
export function combinePeers(ofRanks: readonly PeerFigures[], localBatch: number): StepFigures {
  const steps = ofRanks[0]!.stepMs.map((_, step) => Math.max(...ofRanks.map(({ stepMs }) => stepMs[step]!)));
  const stepMs = median(steps);
  const images = localBatch * ofRanks.length;
  return {
    imagesPerSecond: (1000 * images) / stepMs,
    imagesPerCoreSecond: (1000 * images) / ofRanks.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    stepMs,
    peakMemoryMb: Math.max(...ofRanks.map(({ peakMemoryMb }) => peakMemoryMb)),
  };
}

/** The median of each figure over rounds. */
export function medians<T extends object>(samples: readonly T[], keys: readonly (keyof T)[]): Record<keyof T, number> {
  return Object.fromEntries(keys.map((key) => [key, median(samples.map((sample) => Number(sample[key])))])) as Record<
    keyof T,
    number
  >;
}

/** The median over rounds of one side's figure over the other's, of the same round. */
export function pairedRatio<A, B>(a: readonly A[], b: readonly B[], of: (one: A & B) => number): number {
  return median(a.map((sample, round) => of(sample as A & B) / of(b[round] as A & B)));
}
