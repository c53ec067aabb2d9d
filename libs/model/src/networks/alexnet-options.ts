export interface AlexNetOptions {
  /** Height and width, pixels. */
  readonly inputSize: number;
  readonly channels: number;
  readonly classes: number;
  readonly dropout: number;
  readonly activation: 'relu' | 'tanh';
  /** Pooling windows of 3 with a stride of 2, or of 2 with a stride of 2. */
  readonly pooling: 'overlapping' | 'plain';
  /** All channels and hidden dense units are so many times their number; see `scaledUnits`. */
  readonly width: number;
  /** Groups of conv2, conv4 and conv5 of `paper`; `half`: one of the two alone, with half the kernels in conv1 to conv4. */
  readonly towers: 1 | 2 | 'half';
  /** Local response normalisation after conv1 and conv2, of `paper`. */
  readonly lrn: boolean;
  /** First biases of conv2, conv4, conv5, fc6 and fc7 of `paper`. */
  readonly biasInit: number;
  /** First kernels of `paper`: the paper's, or of a deviation that keeps the size of activations whatever the fan-in is. */
  readonly kernelInit: 'paper' | 'fan-in';
}

/** `units` times `width`, rounded to an even number and at least 2, so that two towers have a half each. */
export function scaledUnits(units: number, width: number): number {
  return Math.max(2, 2 * Math.round((units * width) / 2));
}

/** Window and stride of max pooling. */
export function poolOf({ pooling }: AlexNetOptions): [window: number, stride: number] {
  return pooling === 'overlapping' ? [3, 2] : [2, 2];
}
