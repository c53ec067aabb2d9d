import { layerParameters } from '../constant.js';
import { INPUT_NAME, LOGITS_NAME, OUTPUT_NAME } from '../model-interface.js';
import type { TrainedClassifier } from '../trained-classifier.js';
import { FLOAT, GraphBuilder, tensorShape } from './graph-def.js';
import { addLayer } from './layer-nodes.js';

/** The whole way from pixels to probabilities: mean and scale, the network's layers, softmax. */
export function classifierGraph({ network, weights, preprocessing }: TrainedClassifier): GraphBuilder {
  const { mean, scale } = preprocessing;
  const graph = new GraphBuilder();
  const shape = { shape: tensorShape([-1, ...network.inputShape]) };
  const images = graph.add(INPUT_NAME, 'Placeholder', [], { dtype: FLOAT, shape });
  const means = graph.constant({ name: 'preprocessing/mean', shape: [mean.length], values: Float32Array.from(mean) });
  const factor = graph.constant({ name: 'preprocessing/scale', shape: [], values: Float32Array.of(scale) });
  const centred = graph.add('preprocessing/centred', 'Sub', [images, means], { T: FLOAT });
  let current = graph.add('preprocessing/scaled', 'Mul', [centred, factor], { T: FLOAT });
  for (const [index, parameters] of layerParameters(network, weights).entries())
    current = addLayer(graph, network.layers[index]!, parameters, current);
  const logits = graph.add(LOGITS_NAME, 'Identity', [current], { T: FLOAT });
  graph.add(OUTPUT_NAME, 'Softmax', [logits], { T: FLOAT });
  return graph;
}
