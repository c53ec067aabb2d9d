import { cpus } from 'node:os';
import { type AllReduceRun, measureAllReduce } from './all-reduce-run.js';
import {
  type AllReduceSample,
  communicationMs,
  type CommunicationCosts,
  fitCosts,
  meanTraffic,
} from './communication-costs.js';
import { canSlowLink, measureOnSlowLink } from './slow-link.js';

export interface CommunicationRow {
  readonly ranks: number;
  readonly order: string;
  readonly buckets: number;
  readonly megabytes: number;
  readonly measuredMs: number;
  readonly predictedMs: number;
  /** By costs that are fitted to the smaller worlds alone. */
  readonly extrapolatedMs: number;
}

export interface LinkRow {
  readonly ranks: number;
  readonly order: string;
  /** Of all ranks together. */
  readonly megabitsPerSecond: number;
  readonly measuredMs: number;
  readonly predictedMs: number;
}

export interface CommunicationResult {
  readonly costs: CommunicationCosts;
  readonly rows: readonly CommunicationRow[];
}

/** Few large buckets and many small ones tell what bytes, frames and buckets cost. */
const LARGE = { tensors: 6, elements: 1 << 20, warmUp: 1, iterations: 3 };
const SMALL = { tensors: 250, elements: 256, warmUp: 2, iterations: 5 };
/** Whether costs carry further than they were fitted is tried with those of so many ranks. */
const SMALLER_RANKS = 4;

/** Processor time of an all-reduce at several world sizes. */
export async function measureCommunication(worlds: readonly number[], smoke: boolean): Promise<CommunicationResult> {
  const shrink = <T extends { tensors: number; elements: number }>(shape: T): T =>
    smoke
      ? { ...shape, iterations: 1, tensors: Math.ceil(shape.tensors / 50), elements: Math.ceil(shape.elements / 50) }
      : shape;
  const samples: AllReduceSample[] = [];
  for (const ranks of worlds)
    for (const order of ['canonical', 'fast'] as const)
      for (const shape of [LARGE, SMALL]) {
        const run: AllReduceRun = { ranks, order, ...shrink(shape) };
        const figures = await measureAllReduce(run);
        process.stderr.write(
          `${ranks} ranks, ${order}, ${run.tensors} buckets: ${figures.cpuMs.toFixed(1)} ms of a core a rank, ${figures.wallMs.toFixed(0)} ms\n`,
        );
        samples.push({ ...run, ...figures });
      }
  return compareCosts(samples);
}

/** Fits the costs to all worlds; and to the smaller ones, to see how far that is off in the larger. */
export function compareCosts(samples: readonly AllReduceSample[]): CommunicationResult {
  const costs = fitCosts(samples);
  const smaller = samples.filter(({ ranks }) => ranks <= SMALLER_RANKS);
  const ofSmaller = fitCosts(smaller, costs.msPerMillionAdditions);
  const rows = samples.map((sample) => ({
    ranks: sample.ranks,
    order: sample.order,
    buckets: sample.tensors,
    megabytes: (4 * sample.tensors * sample.elements) / 1e6,
    measuredMs: sample.cpuMs,
    predictedMs: communicationMs(costs, meanTraffic(sample)),
    extrapolatedMs: communicationMs(ofSmaller, meanTraffic(sample)),
  }));
  return { costs, rows };
}

/** The time of an all-reduce on links of several speeds; none where no link can be slowed down. */
export function measureLinks(costs: CommunicationCosts, smoke: boolean): LinkRow[] {
  if (!canSlowLink()) return [];
  const worlds = smoke ? [2] : [2, 4];
  const rates = smoke ? [1000] : [250, 1000, 2000];
  const shape = smoke ? { ...LARGE, tensors: 1, iterations: 1 } : LARGE;
  return worlds.flatMap((ranks) =>
    (['canonical', 'fast'] as const).flatMap((order) =>
      rates.map((megabitsPerSecond) => {
        const run: AllReduceRun = { ranks, order, ...shape };
        const { wallMs } = measureOnSlowLink(run, megabitsPerSecond);
        process.stderr.write(`${ranks} ranks, ${order}, ${megabitsPerSecond} Mbit/s: ${wallMs.toFixed(0)} ms\n`);
        const predictedMs = allReduceMs(run, costs, megabitsPerSecond);
        return { ranks, order, megabitsPerSecond, measuredMs: wallMs, predictedMs };
      }),
    ),
  );
}

/** The link and the cores, each shared by all ranks, are busy at the same time: the busier one decides. */
function allReduceMs(run: AllReduceRun, costs: CommunicationCosts, megabitsPerSecond: number): number {
  const traffic = meanTraffic(run);
  const bytes = run.ranks * traffic.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
  // Loopback's segments are of 64 KiB: headers hardly count.
  const linkMs = bytes / ((megabitsPerSecond * 1e3) / 8);
  const coresMs = (run.ranks / Math.min(run.ranks, cpus().length)) * communicationMs(costs, traffic);
  return Math.max(linkMs, coresMs);
}
