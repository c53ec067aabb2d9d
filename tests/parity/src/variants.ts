import type { RunConfig } from '@tandem/core';
import { checkConfig } from '@tandem/core/config';

export type PeerName = 'torch' | 'keras';

/** A network that is held against its peers. To add one: an entry here, and its definition in `peers/*_peer.py`. */
export interface Variant {
  /** As the peers call it. */
  readonly name: string;
  readonly model: { readonly name: string; readonly [key: string]: unknown };
  readonly channels: number;
  /** Standard deviation of the images' normal values: about that of pixels less their mean, as the network has them. */
  readonly imageDeviation: number;
  readonly learningRate: number;
  /**
   * Of weights, images and labels. Where two places of a pooling window, or an activation and zero, are within rounding of
   * each other, frameworks may choose differently and a gradient jumps: such seeds say nothing and are not used.
   */
  readonly seed: number;
  /** Entries of a gradient that a golden file keeps, at drawn places; smaller gradients are kept whole. */
  readonly goldenEntries: number;
}

const alexNet = (variant: string, seed: number, imageDeviation: number, learningRate: number): Variant => ({
  name: variant,
  model: { name: 'alexnet', variant },
  channels: 3,
  imageDeviation,
  learningRate,
  seed,
  goldenEntries: 64,
});

export const variants: readonly Variant[] = [
  {
    name: 'small',
    model: { name: 'small' },
    channels: 1,
    imageDeviation: 0.3,
    learningRate: 0.05,
    seed: 1,
    goldenEntries: 1024,
  },
  alexNet('paper', 4, 64, 0.002),
  alexNet('keras', 2, 64, 0.00001),
  alexNet('one-column', 4, 1, 0.01),
];

export const peers: readonly PeerName[] = ['torch', 'keras'];

export const CLASSES = 10;
export const ROWS = 8;
export const STEPS = 10;
const DROP_AFTER = 5;
export const MICRO_BATCHES = 2;

/** Dropout off, and the learning rate divided by ten after half of the steps, which are an epoch. */
export function configOf({ model, learningRate, seed }: Variant): RunConfig {
  return checkConfig({
    model: { ...model, classes: CLASSES, dropout: 0 },
    data: { format: 'idx', train: 'none' },
    training: { globalBatch: ROWS, microBatches: MICRO_BATCHES, epochs: 2, seed },
    optimizer: { learningRate, schedule: { name: 'step', epochs: [2] } },
  });
}

/** The epoch of a step, both from 1. */
export function epochOf(step: number): number {
  return step <= DROP_AFTER ? 1 : 2;
}
