import { RandomStream, StreamPurpose } from '@tandem/core';

/** 0 … length − 1 in an order drawn from `stream` (Fisher–Yates, Durstenfeld's form): every order equally likely. */
export function permutation(stream: RandomStream, length: number): Uint32Array {
  const order = new Uint32Array(length);
  for (let index = 0; index < length; index++) order[index] = index;
  for (let last = length - 1; last > 0; last--) {
    const other = stream.below(last + 1);
    const kept = order[last]!;
    order[last] = order[other]!;
    order[other] = kept;
  }
  return order;
}

/** The order in which the samples of a set of `length` are seen in `epoch` (counted from 1): a function of these alone. */
export function sampleOrder(seed: number, epoch: number, length: number): Uint32Array {
  return permutation(new RandomStream(seed, StreamPurpose.order, epoch), length);
}
