/**
 * The sum of squares, in float64 and in an order that is a function of the length alone: TensorFlow's reductions depend on
 * the number of threads. Four sums side by side, since one would wait for its own last addition.
 */
export function squareSum(values: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let at = 0;
  for (const end = values.length - 3; at < end; at += 4) {
    a += values[at]! ** 2;
    b += values[at + 1]! ** 2;
    c += values[at + 2]! ** 2;
    d += values[at + 3]! ** 2;
  }
  for (; at < values.length; at++) a += values[at]! ** 2;
  return a + b + (c + d);
}
