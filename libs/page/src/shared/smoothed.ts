/** Each value is the mean of those up to it, of which each older one weighs 1 − 2 / (span + 1) of the next; gaps stay gaps. */
export function smoothed(values: readonly (number | null)[], span: number): (number | null)[] {
  const weight = 2 / (span + 1);
  let [sum, total] = [0, 0];
  return values.map((value) => {
    if (value === null) return null;
    // Divided by the weights so far: the first values are not drawn to 0.
    sum = (1 - weight) * sum + weight * value;
    total = (1 - weight) * total + weight;
    return sum / total;
  });
}
