import { paperConfig } from '../paper-network.js';
import type { CommunicationCosts } from './communication-costs.js';
import type { ComputeProfile } from './compute-profile.js';
import { heaviestTraffic, planExchange } from './plan.js';
import { predictStep, type StepPrediction, sumTraffic } from './step-model.js';

/** A way to exchange gradients that is projected. */
export interface Way {
  readonly name: string;
  readonly exchange: Readonly<Record<string, string>>;
}

export const ways: readonly Way[] = [
  { name: 'auto', exchange: { dense: 'auto' } },
  { name: 'auto, bf16', exchange: { dense: 'auto', compression: 'bf16' } },
  { name: 'auto, fast', exchange: { dense: 'auto', order: 'fast' } },
  { name: 'factors', exchange: { dense: 'factors' } },
  { name: 'all-reduce', exchange: { dense: 'all-reduce' } },
];
export const worlds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
export const linkSpeeds = [1, 10, 100];
/** How fast a worker computes: as the core that was measured, and as thirty of them. */
export const speeds = [1, 30];
export const LOCAL_BATCH = 32;
/** Between two machines of one hall, through a switch or two; assumed. */
export const LATENCY_MS = 0.05;

export interface ProjectionRow extends StepPrediction {
  readonly way: string;
  readonly worldSize: number;
  readonly gigabitsPerSecond: number;
  readonly speed: number;
  /** Dense layers that are exchanged as factors. */
  readonly factors: readonly string[];
  /** Images a second of a rank, over those of a world of one. */
  readonly efficiency: number;
}

/** What the exchange is at a world size, whatever the link. */
export interface TrafficRow {
  readonly way: string;
  readonly worldSize: number;
  readonly factors: readonly string[];
  readonly bytesSent: number;
  /** Sent and received. */
  readonly frames: number;
  /** HTTP/2 connections of a rank to its peers, in and out. */
  readonly connections: number;
}

/** The same local batch on every rank, a micro-batch each. */
export function project(
  profile: ComputeProfile,
  costs: CommunicationCosts,
): { readonly rows: ProjectionRow[]; readonly traffic: TrafficRow[] } {
  const rows: ProjectionRow[] = [];
  const traffic: TrafficRow[] = [];
  for (const { name, exchange } of ways)
    for (const worldSize of worlds) {
      const run = { images: 'images', lrn: true, localBatch: LOCAL_BATCH };
      const plan = planExchange(paperConfig({ ...run, workers: worldSize, exchange }), { classes: 1000, channels: 3 });
      const { factors } = plan;
      const ofBuckets = heaviestTraffic(plan, worldSize);
      traffic.push({
        ...{ way: name, worldSize, factors },
        bytesSent: sumTraffic(ofBuckets, 'bytesSent'),
        frames: sumTraffic(ofBuckets, 'framesSent') + sumTraffic(ofBuckets, 'framesReceived'),
        connections: 2 * (worldSize - 1),
      });
      for (const gigabitsPerSecond of linkSpeeds)
        for (const speed of speeds) {
          const link = { gigabitsPerSecond, latencyMs: LATENCY_MS };
          const step = predictStep(plan, profile, costs, { worldSize, link, speed });
          const alone =
            worldSize === 1
              ? step
              : rows.find((row) => row.way === name && row.worldSize === 1 && row.speed === speed)!;
          const efficiency = alone.stepMs / step.stepMs;
          rows.push({ way: name, worldSize, gigabitsPerSecond, speed, factors, ...step, efficiency });
        }
    }
  return { rows, traffic };
}
