import { dealMicroBatches } from '@tandem/core';
import { ownedNodes } from './fold-tree.js';
import type { FoldNode } from './fold-tree.js';

/**
 * `canonical`: sums are taken in one order whatever the world size, so their bits do not depend on it.
 * `fast`: the bandwidth-optimal ring; the bits depend on the world size.
 */
export type ExchangeOrder = 'canonical' | 'fast';

/**
 * What a rank has to add up before it contributes: one buffer of ExchangeBuffers.partials for each, in this order.
 * `fast` has exactly one, over all of the rank's micro-batches; where a rank has been dealt none, `start` equals `end`
 * and its buffer must hold zeros. `canonical` has none for such a rank.
 */
export function localPartials(
  order: ExchangeOrder,
  microBatches: number,
  worldSize: number,
  rank: number,
): readonly FoldNode[] {
  const range = dealMicroBatches(microBatches, worldSize, rank);
  return order === 'canonical' ? ownedNodes(microBatches, range) : [{ index: 0, ...range }];
}
