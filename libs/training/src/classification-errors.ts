/** What an evaluation counts over some samples. */
export interface ClassificationErrors {
  readonly top1Errors: number;
  readonly top5Errors: number;
  /** Sum of the cross-entropies, in float64. */
  readonly loss: number;
}

/**
 * Errors of logits [rows × classes] against labels [rows]. A label is within the top k when fewer than k classes have a
 * greater logit; among equal logits the lower class comes first, so that a network that says nothing is not called right.
 * A row with a logit that is no number counts as wrong: nothing can be said of it.
 */
export function classificationErrors(logits: Float32Array, labels: Int32Array): ClassificationErrors {
  const classes = logits.length / labels.length;
  let top1Errors = 0;
  let top5Errors = 0;
  let loss = 0;
  for (const [row, label] of labels.entries()) {
    const scores = logits.subarray(row * classes, (row + 1) * classes);
    const own = scores[label]!;
    let ahead = 0;
    let greatest = -Infinity;
    for (const [index, score] of scores.entries()) {
      if (score > own || (score === own && index < label)) ahead++;
      greatest = Math.max(greatest, score);
    }
    let exponentials = 0;
    for (const score of scores) exponentials += Math.exp(score - greatest);
    loss += Math.log(exponentials) + greatest - own;
    if (scores.some(Number.isNaN)) ahead = classes;
    if (ahead >= 1) top1Errors++;
    if (ahead >= 5) top5Errors++;
  }
  return { top1Errors, top5Errors, loss };
}
