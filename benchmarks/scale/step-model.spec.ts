import { describe, expect, it } from 'vitest';
import { paperConfig } from '../paper-network.js';
import {
  communicationMs,
  type CommunicationCosts,
  fitCosts,
  meanTraffic,
  nonNegativeLeastSquares,
} from './communication-costs.js';
import type { ComputeProfile } from './compute-profile.js';
import { heaviestTraffic, mostBytesSent, planExchange } from './plan.js';
import { PAYLOAD_SHARE, predictStep, sumTraffic } from './step-model.js';

const data = { classes: 1000, channels: 3 };
const layers = ['fc8', 'fc7', 'fc6', 'conv5', 'conv4', 'conv3', 'conv2', 'conv1'];
/** 100 ms forward, 10 ms a layer backward, 30 ms of products, 20 ms of update. */
const profile: ComputeProfile = {
  forwardMs: 100,
  backward: layers.map((layer) => ({ layer, ms: 10 })),
  products: { fc6: 10, fc7: 10, fc8: 10 },
  rows: 32,
  applyMs: 20,
};
const nothing: CommunicationCosts = { msPerMegabyte: 0, msPerFrame: 0, msPerBucket: 0, msPerMillionAdditions: 0 };
const link = (gigabitsPerSecond: number, latencyMs = 0) => ({ gigabitsPerSecond, latencyMs });
const planOf = (workers: number, exchange: Record<string, string> = {}) =>
  planExchange(paperConfig({ images: 'images', lrn: true, localBatch: 32, workers, exchange }), data);

describe('the bytes of the paper’s network with 32 images on each of two ranks', () => {
  it.each([
    { exchange: {}, bytes: 12_741_132, factors: ['fc6', 'fc7', 'fc8'] },
    { exchange: { compression: 'bf16' }, bytes: 6_370_572, factors: ['fc6', 'fc7', 'fc8'] },
    { exchange: { dense: 'all-reduce' }, bytes: 243_860_908, factors: [] },
  ])('are $bytes with $exchange', ({ exchange, bytes, factors }) => {
    const plan = planOf(2, exchange);
    expect(plan.factors).toEqual(factors);
    expect(mostBytesSent(plan, 2)).toBe(bytes);
  });
});

describe('predictStep', () => {
  it('is what the computation takes where the exchange takes nothing', () => {
    const step = predictStep(planOf(2), profile, nothing, { worldSize: 2, link: link(1e9), speed: 1 });
    // Products of factors are over both ranks' rows.
    expect(step.computeMs).toBeCloseTo(100 + 80 + 60 + 20, 6);
    expect(step.stepMs).toBeCloseTo(step.computeMs, 3);
    const alone = predictStep(planOf(1), profile, nothing, { worldSize: 1, link: link(1), speed: 10 });
    expect(alone.stepMs).toBeCloseTo(23, 6);
    expect(alone.bytesSent).toBe(0);
  });

  it('waits for what the link cannot carry while the backward pass goes on', () => {
    const plan = planOf(2, { dense: 'all-reduce' });
    const step = predictStep(plan, profile, nothing, { worldSize: 2, link: link(0.1), speed: 1 });
    const sent = sumTraffic(heaviestTraffic(plan, 2), 'bytesSent');
    const linkMs = sent / ((0.1 * 1e6 * PAYLOAD_SHARE) / 8);
    expect(step.linkMs).toBeCloseTo(linkMs, 6);
    // The link is busy from the first gradients on (scalars leave before the backward pass): fc8's come after 20 ms.
    expect(step.stepMs).toBeCloseTo(100 + 20 + linkMs + 20, 0);
    expect(step.waitMs).toBeGreaterThan(0);
  });

  it('pays the ring’s hops one after another, and two flights in canonical order', () => {
    const stepOf = (order: string, latencyMs: number) =>
      predictStep(planOf(64, { order, dense: 'all-reduce' }), profile, nothing, {
        ...{ worldSize: 64, speed: 1 },
        link: link(1, latencyMs),
      }).stepMs;
    expect(stepOf('fast', 1) - stepOf('fast', 0)).toBeCloseTo(2 * 63, 3);
    expect(stepOf('canonical', 1) - stepOf('canonical', 0)).toBeCloseTo(2, 3);
  });

  it('is bound by the communication thread where that is slower than the link', () => {
    const costs = { ...nothing, msPerMegabyte: 2 };
    const plan = planOf(16, { dense: 'all-reduce' });
    const step = predictStep(plan, profile, costs, { worldSize: 16, link: link(100), speed: 1 });
    expect(step.threadMs).toBeGreaterThan(10 * step.linkMs);
    expect(step.stepMs).toBeGreaterThan(step.threadMs);
  });
});

describe('fitCosts', () => {
  it('finds the costs that made the measurements', () => {
    const costs = { msPerMegabyte: 0.8, msPerFrame: 0.02, msPerBucket: 0.05, msPerMillionAdditions: 1.5 };
    const samples = [2, 4].flatMap((ranks) =>
      [
        { tensors: 8, elements: 1 << 20 },
        { tensors: 1500, elements: 256 },
      ].map((shape) => {
        const run = { ranks, order: 'canonical' as const, ...shape, warmUp: 0, iterations: 1 };
        return { ...run, wallMs: 0, cpuMs: communicationMs(costs, meanTraffic(run)) };
      }),
    );
    const found = fitCosts(samples, costs.msPerMillionAdditions);
    for (const key of ['msPerMegabyte', 'msPerFrame', 'msPerBucket'] as const)
      expect(found[key] / costs[key]).toBeCloseTo(1, 2);
  });

  it('has no cost below zero', () => {
    const equations = [
      { factors: [1, 1], target: 1 },
      { factors: [1, 2], target: 0.5 },
    ];
    const [first, second] = nonNegativeLeastSquares(equations) as [number, number];
    expect(second).toBe(0);
    expect(first).toBeCloseTo(0.75, 6);
  });
});
