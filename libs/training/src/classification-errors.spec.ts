import { describe, expect, it } from 'vitest';
import { classificationErrors } from './classification-errors.js';

describe('classificationErrors', () => {
  it('counts what is not among the first and the first five, and adds up the losses', () => {
    const logits = Float32Array.from([
      ...[9, 1, 2, 3, 4, 5, 6], // label 0: first
      ...[9, 1, 2, 3, 4, 5, 6], // label 3: fifth
      ...[9, 1, 2, 3, 4, 5, 6], // label 1: last
    ]);
    const { top1Errors, top5Errors, loss } = classificationErrors(logits, Int32Array.of(0, 3, 1));
    expect([top1Errors, top5Errors]).toEqual([2, 1]);
    const logSum = Math.log([9, 1, 2, 3, 4, 5, 6].reduce((sum, x) => sum + Math.exp(x), 0));
    expect(loss).toBeCloseTo(3 * logSum - 9 - 3 - 1, 9);
  });

  it('does not call a network right that says nothing', () => {
    expect(classificationErrors(new Float32Array(8), Int32Array.of(7))).toEqual({
      top1Errors: 1,
      top5Errors: 1,
      loss: Math.log(8),
    });
  });

  it('calls a network that has run away wrong', () => {
    const { top1Errors, top5Errors, loss } = classificationErrors(
      Float32Array.of(NaN, NaN, 0, 0, 0, 0, 0),
      Int32Array.of(0),
    );
    expect([top1Errors, top5Errors, loss]).toEqual([1, 1, NaN]);
  });

  it('keeps a finite loss at great logits', () => {
    expect(classificationErrors(Float32Array.of(1000, 0), Int32Array.of(1)).loss).toBe(1000);
  });
});
