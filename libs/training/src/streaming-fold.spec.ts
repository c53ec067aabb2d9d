import { foldNode } from '@tandem/collective';
import { describe, expect, it } from 'vitest';
import { StreamingFold } from './streaming-fold.js';

describe('StreamingFold', () => {
  it.each(Array.from({ length: 20 }, (_, index) => index + 1))('adds %i leaves as foldNode does', (leaves) => {
    const add = (left: string, right: string) => `(${left}+${right})`;
    const fold = new StreamingFold(add);
    for (let round = 0; round < 2; round++) {
      for (let leaf = 0; leaf < leaves; leaf++) fold.push(String(leaf));
      expect(fold.finish()).toBe(foldNode({ start: 0, end: leaves }, String, add));
    }
  });
});
