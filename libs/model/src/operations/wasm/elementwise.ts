// One pass over memory each, written out: a loop that is handed what to do with an element is six times as slow, once it has been handed
// different things. Where `b` is shorter than `a` it is taken again and again: its shape is the last dimensions of `a`'s.

const { fround } = Math;
const SMALLEST_NORMAL = 2 ** -126;
/** A sum of twice this or more does not depend, after rounding, on whether a subnormal operand counts as zero. */
const TINY = 2 ** -97;

/**
 * Operands and sums below the normal range count as zeros of their sign, as TensorFlow's Add and the exchange's have it: a rank's
 * own gradients are added up here and those of several there, to the same bits.
 */
export function add(a: Float32Array, b: Float32Array, to: Float32Array): void {
  for (let start = 0; start < to.length; start += b.length)
    for (let at = 0; at < b.length; at++) {
      const sum = a[start + at]! + b[at]!;
      // 0 < |sum| < 2·TINY in one comparison, practically always false.
      const isTiny = Math.abs(Math.abs(sum) - TINY) < TINY;
      to[start + at] = isTiny ? flushed(flushed(a[start + at]!) + flushed(b[at]!)) : sum;
    }
}

function flushed(value: number): number {
  return Math.abs(value) < SMALLEST_NORMAL ? value * 0 : value;
}

export function multiply(a: Float32Array, b: Float32Array, to: Float32Array): void {
  for (let start = 0; start < to.length; start += b.length)
    for (let at = 0; at < b.length; at++) to[start + at] = a[start + at]! * b[at]!;
}

export function scale(a: Float32Array, factor: number, to: Float32Array): void {
  const rounded = fround(factor);
  for (let at = 0; at < to.length; at++) to[at] = a[at]! * rounded;
}

/** What is no number stays none, to be found by the step. */
export function relu(a: Float32Array, to: Float32Array): void {
  for (let at = 0; at < to.length; at++) to[at] = Math.max(a[at]!, 0);
}

/** `dy` where `y`, of `relu`, is above zero, on their bits: nothing to guess for the processor, which would guess wrong half of the time. */
export function reluGradient(dy: Int32Array, y: Int32Array, to: Int32Array): void {
  for (let at = 0; at < to.length; at++) to[at] = dy[at]! & ((0 - y[at]!) >> 31);
}

export function tanhGradient(dy: Float32Array, y: Float32Array, to: Float32Array): void {
  for (let at = 0; at < to.length; at++) to[at] = dy[at]! * fround(1 - fround(y[at]! * y[at]!));
}

/** Adds each channel's values to `sums`. */
export function sumRows(a: Float32Array, sums: Float64Array): void {
  const channels = sums.length;
  for (let start = 0; start < a.length; start += channels)
    for (let channel = 0; channel < channels; channel++) sums[channel] = sums[channel]! + a[start + channel]!;
}

/** Adds each channel's products a·b to `sums`. */
export function sumProducts(a: Float32Array, b: Float32Array, sums: Float64Array): void {
  const channels = sums.length;
  for (let start = 0; start < a.length; start += channels)
    for (let channel = 0; channel < channels; channel++)
      sums[channel] = sums[channel]! + a[start + channel]! * b[start + channel]!;
}

/** Of a matrix [rows, columns], in squares that stay in the processor's cache. */
export function transpose(from: Float32Array, to: Float32Array, rows: number, columns: number): void {
  const SQUARE = 32;
  for (let row = 0; row < rows; row += SQUARE)
    for (let column = 0; column < columns; column += SQUARE) {
      const [lastRow, lastColumn] = [Math.min(rows, row + SQUARE), Math.min(columns, column + SQUARE)];
      for (let y = row; y < lastRow; y++)
        for (let x = column; x < lastColumn; x++) to[x * rows + y] = from[y * columns + x]!;
    }
}
