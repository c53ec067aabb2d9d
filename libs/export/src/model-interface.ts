import type { Origin, Preprocessing, TrainedClassifier } from './trained-classifier.js';

/** The input of an exported model: [n, size, size, channels] float32, pixels 0…255, in the order red, green, blue. */
export const INPUT_NAME = 'images';
/** What the softmax is taken of: [n, classes]. */
export const LOGITS_NAME = 'logits';
/** The output of an exported model: [n, classes] float32, each row adds up to 1. */
export const OUTPUT_NAME = 'probabilities';

/** What an exported model says of itself beside its graph, the same in each format. */
export interface ModelMetadata {
  /** In the order of the outputs. */
  readonly classes: readonly string[];
  readonly preprocessing: Preprocessing & {
    /** Height and width of the input, pixels. */
    readonly size: number;
    readonly channels: number;
    /** Mean and scale are applied in the model, which takes pixels as they are. */
    readonly inModel: readonly ['mean', 'scale'];
  };
  readonly origin: Origin;
}

export function metadataOf({ network, preprocessing, classes, origin }: TrainedClassifier): ModelMetadata {
  const [size, , channels] = network.inputShape as [number, number, number];
  return { classes, preprocessing: { ...preprocessing, size, channels, inModel: ['mean', 'scale'] }, origin };
}
