import { addFloat32, exchangeTraffic, type RankTraffic } from '@tandem/collective';
import type { AllReduceFigures, AllReduceRun } from './all-reduce-run.js';

/** Processor time that the exchange takes of a rank, by what it does. */
export interface CommunicationCosts {
  /** A megabyte (10⁶) sent or received. */
  readonly msPerMegabyte: number;
  /** A frame sent or received, whatever its size. */
  readonly msPerFrame: number;
  /** A bucket: the two threads tell each other of it. */
  readonly msPerBucket: number;
  /** A million additions. */
  readonly msPerMillionAdditions: number;
}

export interface AllReduceSample extends AllReduceRun, AllReduceFigures {}

/** What a step's traffic costs in processor time, in ms. */
export function communicationMs(costs: CommunicationCosts, buckets: readonly RankTraffic[]): number {
  return buckets.reduce((sum, bucket) => sum + bucketMs(costs, bucket), 0);
}

export function bucketMs(costs: CommunicationCosts, bucket: RankTraffic): number {
  const { bytesSent, bytesReceived, framesSent, framesReceived, additions } = bucket;
  return (
    ((bytesSent + bytesReceived) / 1e6) * costs.msPerMegabyte +
    (framesSent + framesReceived) * costs.msPerFrame +
    costs.msPerBucket +
    (additions / 1e6) * costs.msPerMillionAdditions
  );
}

/** Of a rank in the mean. */
export function meanTraffic({ ranks, order, tensors, elements }: AllReduceRun): RankTraffic[] {
  const buckets = Array.from({ length: tensors }, (_, index) => ({ start: index * elements, length: elements }));
  const chunkBytes = 512 * 1024;
  return exchangeTraffic({ order, microBatches: ranks, worldSize: ranks, buckets, chunkBytes }).map((ofRanks) => {
    const mean = (key: keyof RankTraffic) => ofRanks.reduce((sum, rank) => sum + rank[key], 0) / ranks;
    return {
      bytesSent: mean('bytesSent'),
      bytesReceived: mean('bytesReceived'),
      framesSent: mean('framesSent'),
      framesReceived: mean('framesReceived'),
      additions: mean('additions'),
    };
  });
}

/** What an addition costs, measured; the rest by least squares of relative errors, none below zero. */
export function fitCosts(
  samples: readonly AllReduceSample[],
  msPerMillionAdditions = measureAdditions(),
): CommunicationCosts {
  const unknown = ['msPerMegabyte', 'msPerFrame', 'msPerBucket'] as const;
  const none: CommunicationCosts = { msPerMegabyte: 0, msPerFrame: 0, msPerBucket: 0, msPerMillionAdditions };
  const rows = samples.map((sample) => {
    const traffic = meanTraffic(sample);
    const added = communicationMs(none, traffic);
    return {
      // Of each unknown, what one of it would cost.
      factors: unknown.map((key) => (communicationMs({ ...none, [key]: 1 }, traffic) - added) / sample.cpuMs),
      target: (sample.cpuMs - added) / sample.cpuMs,
    };
  });
  const values = nonNegativeLeastSquares(rows);
  return { ...none, ...Object.fromEntries(unknown.map((key, at) => [key, values[at]!])) };
}

interface Equation {
  readonly factors: readonly number[];
  readonly target: number;
}

/** Coordinate descent: each unknown in turn has its best value from zero on, the others held. The problem is convex. */
export function nonNegativeLeastSquares(equations: readonly Equation[]): number[] {
  const values = equations[0]!.factors.map(() => 0);
  for (let sweep = 0; sweep < 20_000; sweep++)
    for (const at of values.keys()) {
      let [above, below] = [0, 0];
      for (const { factors, target } of equations) {
        const others = factors.reduce((sum, factor, other) => (other === at ? sum : sum + factor * values[other]!), 0);
        above += factors[at]! * (target - others);
        below += factors[at]! ** 2;
      }
      values[at] = below === 0 ? 0 : Math.max(0, above / below);
    }
  return values;
}

/** Of this process, which has warmed up; a million additions, ms. */
export function measureAdditions(): number {
  const [left, right, out] = [1, 2, 3].map((value) => new Float32Array(1e6).fill(value)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const times: number[] = [];
  for (let round = 0; round < 30; round++) {
    const start = process.cpuUsage();
    addFloat32(out, left, right);
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1000);
  }
  return Math.min(...times.slice(10));
}
