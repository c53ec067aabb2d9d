import { describe, expect, it } from 'vitest';
import { operations, tf } from '../testing/rows.js';
import { areAllFinite, areSurelyFinite } from './all-finite.js';

const tensor = (values: readonly number[], shape = [values.length]) =>
  operations.fromFloat32(Float32Array.from(values), shape);
const large = 3e38;

describe('areSurelyFinite', () => {
  it.each([
    ['nothing', [], [], true],
    ['values, zeros and the smallest', [[1, -2, 0, -0, 1e-45], [0.5]], [], true],
    [
      'a NaN',
      [
        [1, 2],
        [1, NaN, 3],
      ],
      [],
      false,
    ],
    ['an infinity', [[-Infinity, 2]], [], false],
    ['opposite infinities', [[-Infinity, Infinity]], [], false],
    [
      'finite factors',
      [],
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      true,
    ],
    [
      'a NaN in a factor beside a zero',
      [],
      [
        [
          [0, 0],
          [NaN, 4],
        ],
      ],
      false,
    ],
    [
      'factors whose product is past float32',
      [],
      [
        [
          [1e20, 1],
          [1e20, 1],
        ],
      ],
      false,
    ],
    ['what may be finite', [[large]], [], false],
  ] as const)('says of %s: %4$s', (_, sums, factors, surely) => {
    const before = tf.memory().numTensors;
    const ofSums = sums.map((values) => tensor(values));
    const ofFactors = factors.map(([a, b]) => [tensor(a, [2, 1]), tensor(b, [2, 1])] as const);
    expect(areSurelyFinite(operations, ofSums, ofFactors)).toBe(surely);
    for (const done of [...ofSums, ...ofFactors.flat()]) done.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('areAllFinite', () => {
  it.each([
    [[large, -large, 0], true],
    [[], true],
    [[1, NaN], false],
    [[-Infinity], false],
  ])('%j: %s', (values, finite) => expect(areAllFinite(Float32Array.from(values))).toBe(finite));
});
