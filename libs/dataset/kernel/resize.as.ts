// AssemblyScript: `npm run build-kernel` in libs/dataset compiles it to kernel.ts. Whole numbers only, so that every processor gives the same bits.
//
// `weights`: of each output pixel a run of `taps` weights of Q14, which add up to 16384. A value of 0…255 is carried with 7 bits after the
// point into a product (q15mulr: (a · b + 2¹⁴) >> 15) and comes out with 6.

/** One row of the output before it is resized across: `count` bytes, of 16s, as 16-bit values with 7 bits after the point. */
export function blendRows(source: usize, stride: usize, weights: usize, taps: i32, count: i32, out: usize): void {
  for (let at = 0; at < count; at += 16) {
    let low = i16x8.splat(0);
    let high = i16x8.splat(0);
    let from = source + at;
    for (let tap = 0; tap < taps; tap++) {
      const weight = v128.load_splat<i16>(weights + (tap << 1));
      const pixels = v128.load(from);
      low = i16x8.add(low, i16x8.q15mulr_sat_s(i16x8.shl(i16x8.extend_low_i8x16_u(pixels), 7), weight));
      high = i16x8.add(high, i16x8.q15mulr_sat_s(i16x8.shl(i16x8.extend_high_i8x16_u(pixels), 7), weight));
      from += stride;
    }
    v128.store(out + (at << 1), i16x8.shl(low, 1));
    v128.store(out + (at << 1) + 16, i16x8.shl(high, 1));
  }
}

/**
 * `count` pixels of RGB from one such row of RGBX. `starts`: of each the first of the `taps` pixels that it is made of, an even number.
 * Two weights at a time are in `weights`, each four times. A byte is written after the last pixel.
 */
export function blendColumns(row: usize, starts: usize, weights: usize, taps: i32, count: i32, out: usize): void {
  for (let pixel = 0; pixel < count; pixel++) {
    let from = row + (load<u32>(starts) << 3);
    let sum = i16x8.splat(0);
    for (let tap = 0; tap < taps; tap += 2) {
      sum = i16x8.add(sum, i16x8.q15mulr_sat_s(v128.load(from), v128.load(weights)));
      from += 16;
      weights += 16;
    }
    sum = i16x8.add(sum, v128.shuffle<i16>(sum, sum, 4, 5, 6, 7, 0, 1, 2, 3));
    const rounded = i16x8.shr_s(i16x8.add(sum, i16x8.splat(32)), 6);
    v128.store32_lane(out, i8x16.narrow_i16x8_u(rounded, rounded), 0);
    starts += 4;
    out += 3;
  }
}
