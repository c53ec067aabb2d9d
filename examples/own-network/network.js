import { Prelu } from './prelu.js';

/**
 * Three 3×3 convolutions, each with a PReLU of its own, for small images. `model.options`: { width: channels of the first
 * convolution, 16 by default; slope: what PReLU begins at, 0.25 by default }.
 *
 * @type {import('@tandem/model').NetworkModule}
 */
export default function network(toolkit, { inputSize, channels, classes, options }) {
  const { LayerStack, constant } = toolkit;
  const { width = 16, slope = 0.25 } = options;
  const biasInit = constant(0);
  // He et al. 2015, arXiv 1502.01852, equation 15: PReLU passes a part of the negative half.
  const kernelInit = (fanIn) => ({ kind: 'normal', deviation: Math.sqrt(2 / ((1 + slope ** 2) * fanIn)) });
  const stack = new LayerStack([inputSize, inputSize, channels], { activation: 'none', kernelInit });
  for (const [index, filters] of [width, 2 * width, 4 * width].entries()) {
    const number = index + 1;
    stack
      .convolution(`conv${number}`, { filters, kernelSize: 3, padding: 'SAME', biasInit })
      .layer((shape) => new Prelu(toolkit, `prelu${number}`, shape, slope))
      .pool(`pool${number}`, 2, 2);
  }
  return stack.flatten().dropout('drop4', 0.5).dense('fc4', { units: classes, biasInit }).build();
}
