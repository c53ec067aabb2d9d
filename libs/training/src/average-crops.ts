/**
 * The logarithm of the mean over an image's crops of their softmax outputs, [images × classes], of logits
 * [images × crops × classes]. These are logits again, whose softmax is that mean. Computed in float64 without leaving the
 * logarithms, so that it is finite where the probabilities would underflow.
 */
export function averageCrops(logits: Float32Array, images: number, crops: number): Float32Array {
  if (crops === 1) return logits;
  const classes = logits.length / (images * crops);
  const averaged = new Float32Array(images * classes);
  for (let image = 0; image < images; image++) {
    const rows = Array.from({ length: crops }, (_, crop) => {
      const first = (image * crops + crop) * classes;
      return logits.subarray(first, first + classes);
    });
    const normalisers = rows.map((row) => logSumExp(row));
    for (let label = 0; label < classes; label++)
      averaged[image * classes + label] =
        logSumExp(rows.map((row, crop) => row[label]! - normalisers[crop]!)) - Math.log(crops);
  }
  return averaged;
}

/** log Σ exp of the values; NaN where one of them is. */
function logSumExp(values: ArrayLike<number>): number {
  let greatest = -Infinity;
  for (let index = 0; index < values.length; index++) greatest = Math.max(greatest, values[index]!);
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += Math.exp(values[index]! - greatest);
  return greatest + Math.log(sum);
}

/** Softmax of one row of logits, in float64. */
export function softmax(logits: Float32Array): Float64Array {
  const normaliser = logSumExp(logits);
  return Float64Array.from(logits, (logit) => Math.exp(logit - normaliser));
}
