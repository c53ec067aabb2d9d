/** max |ours − theirs| ⁄ max |theirs|; `scale` stands for the latter where only a part of theirs is at hand. */
export function relativeError(ours: Float32Array, theirs: ArrayLike<number>, scale = largest(theirs)): number {
  if (ours.length !== theirs.length) return Infinity;
  let worst = 0;
  for (let at = 0; at < ours.length; at++) {
    const difference = Math.abs(ours[at]! - theirs[at]!);
    // Written so that NaN counts as infinitely wrong.
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Infinity : difference;
  }
  return worst === 0 ? 0 : worst / scale;
}

/** The worst of |ours − theirs| ⁄ |theirs| over the places of a curve. */
export function curveError(ours: Float32Array, theirs: ArrayLike<number>): number {
  return Math.max(
    ...Array.from(ours, (value, at) => relativeError(Float32Array.of(value), [theirs[at] ?? Number.NaN])),
  );
}

export function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let at = 0; at < values.length; at++) most = Math.max(most, Math.abs(values[at]!));
  return most;
}

export function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at]! ** 2;
  return Math.sqrt(sum);
}
