import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symmetricEigenpairs } from './symmetric-eigenpairs.js';

describe('symmetricEigenpairs', () => {
  it('gives those worked out by hand, greatest first', () => {
    const [first, second, third] = symmetricEigenpairs([
      [2, 1, 0],
      [1, 2, 0],
      [0, 0, 5],
    ]);
    expect([first!.value, second!.value, third!.value]).toEqual([5, expect.closeTo(3, 14), expect.closeTo(1, 14)]);
    expect(first!.vector).toEqual([0, 0, 1]);
    const half = expect.closeTo(Math.SQRT1_2, 14) as number;
    expect(second!.vector).toEqual([half, half, 0]);
  });

  it('has a component of each grey pixel in all channels, and nothing else, of a grey set', () => {
    const grey = symmetricEigenpairs([
      [4, 4, 4],
      [4, 4, 4],
      [4, 4, 4],
    ]);
    expect(grey.map(({ value }) => value)).toEqual([12, 0, 0].map((value) => expect.closeTo(value, 13) as number));
    expect(grey[0]!.vector).toEqual(Array(3).fill(expect.closeTo(1 / Math.sqrt(3), 14)));
  });

  it('puts any matrix together again', () => {
    const entry = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(entry, entry, entry, entry, entry, entry, (a, b, c, d, e, f) => {
        const matrix = [
          [a, b, c],
          [b, d, e],
          [c, e, f],
        ];
        const pairs = symmetricEigenpairs(matrix);
        for (let row = 0; row < 3; row++)
          for (let column = 0; column < 3; column++) {
            const sum = pairs.reduce((s, { value, vector }) => s + value * vector[row]! * vector[column]!, 0);
            expect(sum).toBeCloseTo(matrix[row]![column]!, 12);
            const product = pairs[row]!.vector.reduce((s, x, at) => s + x * pairs[column]!.vector[at]!, 0);
            expect(product).toBeCloseTo(row === column ? 1 : 0, 12);
          }
      }),
    );
  });
});
