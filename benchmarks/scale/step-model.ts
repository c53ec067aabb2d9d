import type { RankTraffic } from '@tandem/collective';
import { bucketMs, type CommunicationCosts } from './communication-costs.js';
import type { ComputeProfile } from './compute-profile.js';
import { type ExchangePlan, heaviestTraffic } from './plan.js';

/** A rank's own connection, each way. */
export interface Link {
  readonly gigabitsPerSecond: number;
  /** From one rank to another. */
  readonly latencyMs: number;
}

export interface Cluster {
  readonly worldSize: number;
  readonly link: Link;
  /** How many times as fast as the profile's core a worker computes. */
  readonly speed: number;
}

/** Of a step of the slowest rank, ms. */
export interface StepPrediction {
  readonly stepMs: number;
  /** Forward, backward, products and update. */
  readonly computeMs: number;
  /** How long the training waits for the exchange. */
  readonly waitMs: number;
  /** How long the link sends, and how long the communication thread works. */
  readonly linkMs: number;
  readonly threadMs: number;
  readonly bytesSent: number;
}

/** Ethernet, IP and TCP headers of 78 bytes a segment of 1,448, gRPC's and HTTP/2's 9 a 16 KiB. */
export const PAYLOAD_SHARE = 0.948;

/**
 * One step of one rank, all ranks alike. Buckets leave in the order in which the backward pass has them; the link and the communication
 * thread each take them one after another, beside the training, which has a core of its own. The training multiplies factors when
 * all of them are there, and updates when everything is: libs/training/src/train-step.ts.
 *
 * Not in it: ranks that are slower than others, switches with less than full bandwidth, frames that collide at a receiver.
 */
export function predictStep(
  plan: ExchangePlan,
  profile: ComputeProfile,
  costs: CommunicationCosts,
  { worldSize, link, speed }: Cluster,
): StepPrediction {
  const readyAt = readiness(plan, profile, speed);
  const backwardEnd = Math.max(...readyAt);
  const traffic = worldSize === 1 ? [] : heaviestTraffic(plan, worldSize);
  const bytesPerMs = (link.gigabitsPerSecond * 1e6 * PAYLOAD_SHARE) / 8;
  const order = [...traffic.keys()].sort((a, b) => readyAt[a]! - readyAt[b]!);
  const endAt = new Array<number>(traffic.length).fill(0);
  const busy = { link: 0, thread: 0 };
  let [linkFree, threadFree] = [0, 0];
  for (const bucket of order) {
    const { bytesSent, bytesReceived } = traffic[bucket]!;
    const linkMs = Math.max(bytesSent, bytesReceived) / bytesPerMs;
    const threadMs = bucketMs(costs, traffic[bucket]!);
    linkFree = Math.max(linkFree, readyAt[bucket]!) + linkMs;
    threadFree = Math.max(threadFree, readyAt[bucket]!) + threadMs;
    busy.link += linkMs;
    busy.thread += threadMs;
    endAt[bucket] = Math.max(linkFree, threadFree) + flightMs(plan, bucket, { worldSize, link });
  }
  const gathered = [...plan.layout.factors.values()].flatMap(({ input, outputGradient }) => [
    input.bucket,
    outputGradient.bucket,
  ]);
  const latest = (buckets: readonly number[]) => Math.max(0, ...buckets.map((bucket) => endAt[bucket] ?? 0));
  const productMs = plan.factors.reduce((sum, layer) => sum + (profile.products[layer] ?? 0), 0);
  const multiplyMs = (productMs * plan.globalBatch) / profile.rows / speed;
  const multiplied = Math.max(backwardEnd, latest(gathered)) + multiplyMs;
  const stepMs = Math.max(multiplied, latest(order)) + profile.applyMs / speed;
  const computeMs = backwardEnd + multiplyMs + profile.applyMs / speed;
  return {
    stepMs,
    computeMs,
    waitMs: stepMs - computeMs,
    linkMs: busy.link,
    threadMs: busy.thread,
    bytesSent: traffic.reduce((sum, { bytesSent }) => sum + bytesSent, 0),
  };
}

/** When the training has filled each bucket, from the step's start. */
function readiness(plan: ExchangePlan, profile: ComputeProfile, speed: number): number[] {
  const { layout, network } = plan;
  let clock = profile.forwardMs / speed;
  const readyAt = layout.buckets.map(() => clock);
  for (const { layer, ms } of profile.backward) {
    // A layer whose gradient is summed multiplies its own rows in its backward pass, which the profile has as a product.
    const ownProductMs = plan.factors.includes(layer) ? 0 : (profile.products[layer] ?? 0);
    clock += (ms + ownProductMs) / speed;
    for (const [index, { name }] of network.parameters.entries())
      if (name.startsWith(`${layer}/`) && layout.parameters[index] !== undefined)
        readyAt[layout.parameters[index].bucket] = clock;
    for (const [number, { input, outputGradient }] of layout.factors)
      if (network.factorLayers[number]!.name === layer)
        for (const { bucket } of [input, outputGradient]) readyAt[bucket] = clock;
  }
  return readyAt;
}

/** What passes between ranks that wait for each other takes beyond what the link and the thread are busy. */
function flightMs(
  { order, layout }: ExchangePlan,
  bucket: number,
  { worldSize, link }: Pick<Cluster, 'worldSize' | 'link'>,
): number {
  if (layout.buckets[bucket]!.parts !== undefined) return link.latencyMs;
  return (order === 'canonical' ? 2 : 2 * (worldSize - 1)) * link.latencyMs;
}

/** Of all buckets. */
export function sumTraffic(traffic: readonly RankTraffic[], key: keyof RankTraffic): number {
  return traffic.reduce((sum, bucket) => sum + bucket[key], 0);
}
