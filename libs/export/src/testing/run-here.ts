import { NativeOperations } from '@tandem/model';
import { loadTensorFlow } from '@tandem/runtime';
import type { TrainedClassifier } from '../trained-classifier.js';
import { layerParameters } from '../constant.js';

/** Probabilities [rows × classes] as Tandem's own network computes them, softmax in float64. */
export function runHere({ network, weights, preprocessing }: TrainedClassifier, pixels: Float32Array): Float64Array {
  const { mean, scale } = preprocessing;
  const tf = loadTensorFlow({ threads: 1, device: 'cpu' });
  tf.setBackend('tensorflow');
  const operations = new NativeOperations(tf);
  const rows = pixels.length / network.inputShape.reduce((product, size) => product * size, 1);
  const input = pixels.map((pixel, at) => (pixel - mean[at % mean.length]!) * scale);
  const images = operations.fromFloat32(input, [rows, ...network.inputShape]);
  const parameters = layerParameters(network, weights)
    .flat()
    .map(({ values, shape }) => operations.fromFloat32(values, shape));
  const output = network.logits(operations, parameters, images);
  const logits = operations.read(output);
  for (const tensor of [images, output, ...parameters]) tensor.dispose();
  const classes = logits.length / rows;
  return Float64Array.from(logits, (logit, at) => {
    const row = logits.subarray(at - (at % classes), at - (at % classes) + classes);
    return Math.exp(logit) / row.reduce((sum, value) => sum + Math.exp(value), 0);
  });
}
