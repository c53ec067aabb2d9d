import { invariant } from '@tandem/core';

export interface CrossEntropy {
  /** [rows]: −log of the probability of the row's label; with smoothing, the cross-entropy with the smoothed label. */
  readonly losses: Float32Array;
  /** [rows × classes]: the gradient of weight · loss, which is weight · (softmax − one-hot). */
  readonly gradient: Float32Array;
}

/**
 * Softmax and cross-entropy of logits [rows × classes], in float64 and rounded once. TensorFlow's own kernel is not used
 * for a reason: it computes exponentials eight or sixteen at a time and what is left over by another routine, so the last
 * bit of an element depends on its place among all rows, and with it on how many rows a rank has been dealt.
 *
 * @param smoothing the part of a label's probability that is spread evenly over all classes: Szegedy et al. (2016), section 7
 */
export function softmaxCrossEntropy(
  logits: Float32Array,
  labels: Int32Array,
  weight: number,
  smoothing = 0,
): CrossEntropy {
  const rows = labels.length;
  const classes = logits.length / rows;
  const losses = new Float32Array(rows);
  const gradient = new Float32Array(logits.length);
  const exponentials = new Float64Array(classes);
  for (let row = 0; row < rows; row++) {
    const start = row * classes;
    const label = labels[row]!;
    invariant(label >= 0 && label < classes, `label ${label} of row ${row} is none of ${classes} classes`);
    let greatest = -Infinity;
    for (let index = 0; index < classes; index++) greatest = Math.max(greatest, logits[start + index]!);
    let sum = 0;
    for (let index = 0; index < classes; index++)
      sum += exponentials[index] = Math.exp(logits[start + index]! - greatest);
    const share = smoothing / classes;
    let expected = (1 - smoothing) * logits[start + label]!;
    if (smoothing > 0) for (let index = 0; index < classes; index++) expected += share * logits[start + index]!;
    losses[row] = Math.log(sum) + greatest - expected;
    for (let index = 0; index < classes; index++) {
      const target = (index === label ? 1 - smoothing : 0) + share;
      gradient[start + index] = weight * (exponentials[index]! / sum - target);
    }
  }
  return { losses, gradient };
}
