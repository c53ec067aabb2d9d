export interface AlexNetOptions {
  /** Height and width, pixels. */
  readonly inputSize: number;
  readonly channels: number;
  readonly classes: number;
  readonly dropout: number;
  readonly activation: 'relu' | 'tanh';
  /** Pooling windows of 3 with a stride of 2, or of 2 with a stride of 2. */
  readonly pooling: 'overlapping' | 'plain';
  /** Local response normalisation after conv1 and conv2, of `paper`. */
  readonly lrn: boolean;
  /** First biases of conv2, conv4, conv5, fc6 and fc7 of `paper`. */
  readonly biasInit: number;
}

/** Window and stride of max pooling. */
export function poolOf({ pooling }: AlexNetOptions): [window: number, stride: number] {
  return pooling === 'overlapping' ? [3, 2] : [2, 2];
}
