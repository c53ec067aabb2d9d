import { addFloat32 } from './add-float32.js';
import { roundToBfloat16 } from './bfloat16.js';
import type { Encoding } from './bucket-plan.js';
import type { Sum } from './canonical-schedule.js';
import { KERNEL_PAYS_ELEMENTS, sumKernel } from './sums/sum-kernel.js';

/** Adds chunks in the order of `sum`. Operands are only read: they may be shared memory or what a peer sent. */
export class ChunkAdder {
  readonly #sum: Sum;
  readonly #chunkElements: number;
  /** One for each level of right-hand sums, made when first used. */
  readonly #scratch: Float32Array[] = [];

  constructor(sum: Sum, chunkElements: number) {
    this.#sum = sum;
    this.#chunkElements = chunkElements;
  }

  /**
   * The sum is rounded to `encoding`.
   *
   * @param operands by position, all as long as `out`, none overlapping it
   */
  add(operands: readonly Float32Array[], out: Float32Array, encoding: Encoding): void {
    const rounded = encoding === 'bfloat16';
    const sum = this.#sum;
    if (rounded && !('position' in sum) && out.length >= KERNEL_PAYS_ELEMENTS) {
      // While it is in the kernel's memory.
      const [left, right] = this.#operandsOf(sum, operands, out, 0);
      return sumKernel().add(out, left, right, true);
    }
    const result = this.#evaluate(sum, operands, out, 0);
    if (result !== out) out.set(result);
    if (rounded) roundToBfloat16(out);
  }

  #evaluate(sum: Sum, operands: readonly Float32Array[], out: Float32Array, level: number): Float32Array {
    if ('position' in sum) return operands[sum.position] as Float32Array;
    const [left, right] = this.#operandsOf(sum, operands, out, level);
    addFloat32(out, left, right);
    return out;
  }

  #operandsOf(
    sum: Exclude<Sum, { position: number }>,
    operands: readonly Float32Array[],
    out: Float32Array,
    level: number,
  ): [Float32Array, Float32Array] {
    const left = this.#evaluate(sum.left, operands, out, level);
    const right =
      'position' in sum.right
        ? (operands[sum.right.position] as Float32Array)
        : this.#evaluate(sum.right, operands, this.#scratchAt(level, out.length), level + 1);
    return [left, right];
  }

  #scratchAt(level: number, length: number): Float32Array {
    const scratch = (this.#scratch[level] ??= new Float32Array(this.#chunkElements));
    return length === scratch.length ? scratch : scratch.subarray(0, length);
  }
}
