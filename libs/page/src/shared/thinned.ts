/**
 * Which of `values` stay when a curve has too many points: of each four the least and the most, in order, so that no peak is
 * lost. A value that is not finite counts as the most. What is less than four at the end stays whole.
 */
export function thinned(values: ArrayLike<number | null>): number[] {
  const kept: number[] = [];
  const whole = values.length - (values.length % 4);
  for (let from = 0; from < whole; from += 4) {
    let [least, most] = [from, from];
    for (let at = from + 1; at < from + 4; at++) {
      if (height(values[at]) < height(values[least])) least = at;
      if (height(values[at]) > height(values[most])) most = at;
    }
    // All alike: the ends.
    if (least === most) most = from + 3;
    kept.push(Math.min(least, most), Math.max(least, most));
  }
  for (let at = whole; at < values.length; at++) kept.push(at);
  return kept;
}

function height(value: number | null | undefined): number {
  return value === null || value === undefined || !Number.isFinite(value) ? Infinity : value;
}
