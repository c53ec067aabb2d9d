import { dealMicroBatches } from '@tandem/core';
import { foldNodeCount, foldTree, ownedNodes } from './fold-tree.js';
import type { FoldNode, FoldTree } from './fold-tree.js';

export interface PartialSum extends FoldNode {
  /** Who has it. */
  readonly rank: number;
}

/** How partial sums are added: a position in CanonicalSchedule.partials, or left + right. */
export type Sum = { readonly position: number } | { readonly left: Sum; readonly right: Sum };

export interface CanonicalSchedule {
  /** Every rank's partial sums, in the order of their micro-batches. */
  readonly partials: readonly PartialSum[];
  /** By the number of its node, where a partial sum is in `partials`. */
  readonly positions: ReadonlyMap<number, number>;
  readonly sum: Sum;
  /** Ranks without a partial sum. They tell the owners by an empty frame that they have contributed. */
  readonly spares: readonly number[];
  /** Frame.part of such an empty frame: no node has this index. */
  readonly nothing: number;
}

/** Every rank sends each of its partial sums, cut by shard, to the owners of the shards, who add them in tree order. */
export function canonicalSchedule(microBatches: number, worldSize: number): CanonicalSchedule {
  const owned = Array.from({ length: worldSize }, (_, rank) =>
    ownedNodes(microBatches, dealMicroBatches(microBatches, worldSize, rank)),
  );
  const partials = owned.flatMap((nodes, rank) => nodes.map((node) => ({ ...node, rank })));
  const positions = new Map(partials.map((partial, position) => [partial.index, position]));
  const sumOf = (node: FoldTree): Sum => {
    const position = positions.get(node.index);
    if (position !== undefined || node.children === undefined) return { position: position as number };
    return { left: sumOf(node.children[0]), right: sumOf(node.children[1]) };
  };
  return {
    partials,
    positions,
    sum: sumOf(foldTree(microBatches)),
    spares: owned.flatMap((nodes, rank) => (nodes.length === 0 ? [rank] : [])),
    nothing: foldNodeCount(microBatches),
  };
}
