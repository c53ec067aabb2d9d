import { invariant } from '@tandem/core';
import type { Range } from '@tandem/core';

/** A sub-tree of the canonical fold: the sum over the micro-batches `start` … `end - 1`. */
export interface FoldNode {
  /** Its place in a pre-order walk of the whole tree, root 0: the same on every rank. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

export interface FoldTree extends FoldNode {
  /** What is added, left to right; absent on a leaf. */
  readonly children?: readonly [FoldTree, FoldTree];
}

/** A node over `leaves` splits at the largest power of two below: 6 = 4 + 2. The left part is then a full tree. */
function leftLeaves(leaves: number): number {
  return 2 ** (31 - Math.clz32(leaves - 1));
}

function subtree(index: number, start: number, end: number): FoldTree {
  if (end - start === 1) return { index, start, end };
  const left = leftLeaves(end - start);
  // A tree over n leaves has 2n − 1 nodes, so the right child's number follows the left sub-tree's.
  const children = [subtree(index + 1, start, start + left), subtree(index + 2 * left, start + left, end)] as const;
  return { index, start, end, children };
}

/** How many nodes the tree over so many micro-batches has; every FoldNode.index is below. */
export function foldNodeCount(microBatches: number): number {
  return 2 * microBatches - 1;
}

/** The order of addition: a binary tree that is a function of the number of micro-batches alone. */
export function foldTree(microBatches: number): FoldTree {
  invariant(
    Number.isInteger(microBatches) && microBatches >= 1,
    `a fold over ${microBatches} micro-batches was asked for`,
  );
  return subtree(0, 0, microBatches);
}

/**
 * The largest sub-trees that lie wholly inside a rank's micro-batches, in order: its partial sums. At most
 * 2·log₂(microBatches) of them; none for an empty range.
 */
export function ownedNodes(microBatches: number, range: Range): FoldNode[] {
  const owned: FoldNode[] = [];
  const visit = (node: FoldTree): void => {
    if (node.end <= range.start || node.start >= range.end) return;
    if (node.start >= range.start && node.end <= range.end)
      owned.push({ index: node.index, start: node.start, end: node.end });
    else node.children?.forEach(visit);
  };
  visit(foldTree(microBatches));
  return owned;
}

/**
 * Adds the leaves of a node in the canonical order: of two trees with the same number of leaves the shape is the same,
 * so a node's sum has the same bits wherever it is taken. Leaves are asked for in ascending order, each once, and at
 * most log₂(leaves) + 1 values are alive at a time.
 */
export function foldNode<T>(node: Range, leaf: (index: number) => T, add: (left: T, right: T) => T): T {
  const leaves = node.end - node.start;
  invariant(leaves >= 1, `a fold over ${leaves} micro-batches was asked for`);
  if (leaves === 1) return leaf(node.start);
  const middle = node.start + leftLeaves(leaves);
  const left = foldNode({ start: node.start, end: middle }, leaf, add);
  return add(left, foldNode({ start: middle, end: node.end }, leaf, add));
}
