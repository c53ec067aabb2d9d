import { layerParameters } from '../constant.js';
import { INPUT_NAME, LOGITS_NAME, metadataOf, OUTPUT_NAME } from '../model-interface.js';
import type { TrainedClassifier } from '../trained-classifier.js';
import { GraphBuilder, integer, integers, valueInfo } from './graph-builder.js';
import { addLayer } from './layer-nodes.js';
import { encodeModel } from './schema.js';

/** The oldest operator set in which Softmax means what is wanted here, and the file format of its time: most runtimes read it. */
const OPERATOR_SET = 13;
const IR_VERSION = 7;
/** [n, h, w, c] to [n, c, h, w]. */
const CHANNELS_FIRST = [0, 3, 1, 2];

/**
 * An ONNX file. Input `images` [n, size, size, channels] float32, pixels 0…255; output `probabilities` [n, classes]; the
 * entries of a `ModelMetadata` are its metadata, in JSON.
 */
export function onnxFile(classifier: TrainedClassifier): Uint8Array {
  const { network, origin } = classifier;
  const { nodes, constants } = classifierGraph(classifier);
  return encodeModel({
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: OPERATOR_SET }],
    producerName: 'Tandem',
    producerVersion: origin.tandem,
    metadataProps: Object.entries(metadataOf(classifier)).map(([key, value]) => ({
      key,
      value: JSON.stringify(value),
    })),
    graph: {
      name: 'classifier',
      node: nodes,
      initializer: constants,
      input: [valueInfo(INPUT_NAME, network.inputShape)],
      output: [valueInfo(OUTPUT_NAME, network.layers.at(-1)!.outputShape)],
    },
  });
}

/** The whole way from pixels to probabilities: mean and scale, the network's layers, softmax. */
function classifierGraph({ network, weights, preprocessing }: TrainedClassifier): GraphBuilder {
  const { mean, scale } = preprocessing;
  const graph = new GraphBuilder();
  const means = graph.constant({ name: 'preprocessing/mean', shape: [mean.length], values: Float32Array.from(mean) });
  const factor = graph.constant({ name: 'preprocessing/scale', shape: [], values: Float32Array.of(scale) });
  const centred = graph.add('preprocessing/centred', 'Sub', [INPUT_NAME, means]);
  const scaled = graph.add('preprocessing/scaled', 'Mul', [centred, factor]);
  let current = graph.add('preprocessing/channels_first', 'Transpose', [scaled], integers('perm', CHANNELS_FIRST));
  let shape = network.inputShape;
  for (const [index, parameters] of layerParameters(network, weights).entries()) {
    const layer = network.layers[index]!;
    current = addLayer(graph, layer, shape, parameters, current);
    shape = layer.outputShape;
  }
  const logits = graph.add(LOGITS_NAME, 'Identity', [current]);
  graph.add(OUTPUT_NAME, 'Softmax', [logits], integer('axis', -1));
  return graph;
}
