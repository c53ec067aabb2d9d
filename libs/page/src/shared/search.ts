/** The index of the first of ascending values that is at least `least`; their number where none is. */
export function firstFrom(values: ArrayLike<number>, least: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! >= least) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The index of the one of ascending values that is nearest to `value`; −1 where there are none. */
export function nearest(values: ArrayLike<number>, value: number): number {
  const at = firstFrom(values, value);
  if (at === values.length) return at - 1;
  return at > 0 && value - values[at - 1]! < values[at]! - value ? at - 1 : at;
}
