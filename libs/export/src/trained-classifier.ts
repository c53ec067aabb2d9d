import type { Network } from '@tandem/model';

/** How an image becomes the network's input. */
export interface Preprocessing {
  /** The image's shorter side after resizing, pixels; its centre is then cut out at the network's input size. */
  readonly shorterSide: number;
  /** One a channel, 0…255. Taken off first. */
  readonly mean: readonly number[];
  /** Multiplied by afterwards. */
  readonly scale: number;
}

/** Where a classifier comes from; it is written into the exported model. */
export interface Origin {
  /** Tandem's version. */
  readonly tandem: string;
  /** The configuration's model section. */
  readonly model: Readonly<Record<string, unknown>>;
  readonly step: number;
  readonly epoch: number;
}

/** A trained network, and what a program elsewhere needs to know to use it. */
export interface TrainedClassifier {
  readonly network: Network;
  /** All parameters, flat, in parameter order. */
  readonly weights: Float32Array;
  readonly preprocessing: Preprocessing;
  /** A name for each output. */
  readonly classes: readonly string[];
  readonly origin: Origin;
}
