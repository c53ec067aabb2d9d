// AssemblyScript, compiled by build.mjs into ../src/sums/kernel.ts. Addresses are in bytes and need not be aligned. Linear memory is
// the caller's: there is no allocator.

/** What is below the normal range becomes zero of its sign, as TensorFlow's CPU threads have it. */
function flushed(x: v128): v128 {
  const normal = i32x4.ne(v128.and(x, i32x4.splat(0x7f800000)), i32x4.splat(0));
  return v128.and(x, v128.or(normal, i32x4.splat(0x80000000)));
}

/** out = left + right, float32, for a multiple of four elements: operands and sums are flushed. */
export function add(out: usize, left: usize, right: usize, elements: i32): void {
  for (let end = out + ((<usize>elements) << 2); out < end; out += 16, left += 16, right += 16)
    v128.store(out, flushed(f32x4.add(flushed(v128.load(left)), flushed(v128.load(right)))));
}

/** To the nearest bfloat16, ties to even, in place, for a multiple of four elements. Infinities stay, NaN become quiet. */
export function round(values: usize, elements: i32): void {
  const exponent = i32x4.splat(0x7f800000);
  const upper = i32x4.splat(0xffff0000);
  for (let end = values + ((<usize>elements) << 2); values < end; values += 16) {
    const x = v128.load(values);
    const odd = v128.and(i32x4.shr_u(x, 16), i32x4.splat(1));
    const rounded = v128.and(i32x4.add(x, i32x4.add(odd, i32x4.splat(0x7fff))), upper);
    const special = i32x4.eq(v128.and(x, exponent), exponent);
    const nan = i32x4.ne(v128.and(x, i32x4.splat(0x007fffff)), i32x4.splat(0));
    const kept = v128.bitselect(v128.and(v128.or(x, i32x4.splat(0x00400000)), upper), x, nan);
    v128.store(values, v128.bitselect(kept, rounded, special));
  }
}

/** The upper halves of float32, for a multiple of eight elements; `out` is not in their way. */
export function narrow(values: usize, out: usize, elements: i32): void {
  for (let end = values + ((<usize>elements) << 2); values < end; values += 32, out += 16)
    v128.store(
      out,
      i8x16.shuffle(
        v128.load(values),
        v128.load(values, 16),
        2,
        3,
        6,
        7,
        10,
        11,
        14,
        15,
        18,
        19,
        22,
        23,
        26,
        27,
        30,
        31,
      ),
    );
}

/** float32 of these upper halves, for a multiple of eight elements; `out` is not in their way. */
export function widen(halves: usize, out: usize, elements: i32): void {
  for (let end = halves + ((<usize>elements) << 1); halves < end; halves += 16, out += 32) {
    const eight = v128.load(halves);
    v128.store(out, i32x4.shl(i32x4.extend_low_i16x8_u(eight), 16));
    v128.store(out, i32x4.shl(i32x4.extend_high_i16x8_u(eight), 16), 16);
  }
}
