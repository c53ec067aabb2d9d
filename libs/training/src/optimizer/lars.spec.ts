import { parseConfig } from '@tandem/core/config';
import { describe, expect, it } from 'vitest';
import { operations } from '../testing/rows.js';
import { buildOptimizer } from './build-optimizer.js';
import { clipFactor } from './clip-factor.js';
import { squareSum } from './square-sum.js';

/** One step of a kernel (3, 4) and a bias (3, 4) with gradient (0.6, 0.8) at the rate 2; gives both. */
function oneStep(optimizer: string): number[][] {
  const { optimizer: options } = parseConfig(
    `model: { name: small }\ndata: { format: idx, train: d }\noptimizer: { momentum: 0.9, weightDecay: 0.1, ${optimizer} }`,
  );
  const weights = operations.createVariables();
  const velocities = operations.createVariables();
  const parameters = [[2, 1], [2]].map((shape, index) => ({ name: `p${index}`, shape }));
  for (const { shape } of parameters)
    for (const [store, values] of [
      [weights, [3, 4]],
      [velocities, [0, 0]],
    ] as const) {
      const first = operations.fromFloat32(Float32Array.from(values), shape);
      store.add(first);
      first.dispose();
    }
  const built = buildOptimizer({ operations, weights, velocities }, parameters as never, options);
  const after = parameters.map(({ shape }, index) => {
    const gradient = operations.fromFloat32(Float32Array.of(0.6, 0.8), shape);
    built.apply(index, gradient, 2);
    const weight = weights.read(index);
    const values = [...operations.read(weight)];
    gradient.dispose();
    weight.dispose();
    return values;
  });
  weights.dispose();
  velocities.dispose();
  return after;
}

describe('LARS', () => {
  it('gives a weight its own rate, and a bias the global one', () => {
    // ‖w‖ = 5, ‖g‖ = 1, λ = 0.03·5 ⁄ (1 + 0.1·5) = 0.1: w ← w − 2·0.1·(g + 0.1·w).
    const [kernel, bias] = oneStep('name: lars, trust: 0.03, decayBias: false');
    expect(kernel![0]).toBeCloseTo(3 - 0.2 * 0.9, 5);
    expect(kernel![1]).toBeCloseTo(4 - 0.2 * 1.2, 5);
    expect(bias![0]).toBeCloseTo(3 - 2 * 0.6, 5);
    expect(bias![1]).toBeCloseTo(4 - 2 * 0.8, 5);
  });
});

describe('decayBias', () => {
  it('is what a bias decays by', () => {
    expect(oneStep('decayBias: false')[1]![0]).toBeCloseTo(3 - 2 * 0.6, 5);
    expect(oneStep('decayBias: true')[1]![0]).toBeCloseTo(3 - 2 * 0.9, 5);
  });
});

describe('clipping', () => {
  it('brings the common norm down to the limit, and leaves a shorter one', () => {
    const sums = [Float32Array.of(1, 2, 2, 0, 4), Float32Array.of(12)].map(squareSum);
    expect(sums).toEqual([25, 144]);
    expect(clipFactor(6.5, sums)).toBe(0.5);
    expect(clipFactor(13, sums)).toBe(1);
  });
});
