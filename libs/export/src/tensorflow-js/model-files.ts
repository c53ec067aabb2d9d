import { INPUT_NAME, metadataOf, OUTPUT_NAME } from '../model-interface.js';
import type { TrainedClassifier } from '../trained-classifier.js';
import { classifierGraph } from './classifier-graph.js';
import { tensorShape } from './graph-def.js';
import { weightShards } from './weight-shards.js';

export const MODEL_JSON = 'model.json';
/** GraphDef's version at which the operations used here have had these meanings: that of TensorFlow 2. */
const GRAPH_PRODUCER = 440;

export interface ModelFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * A TensorFlow.js graph model: model.json, and its weights in shards. Input `images` [n, size, size, channels] float32, pixels
 * 0…255; output `probabilities` [n, classes]; `userDefinedMetadata` is a `ModelMetadata`. The format is that of
 * tfjs-converter: a GraphDef in JSON whose constants' values are in the weights manifest.
 */
export function tensorFlowJsFiles(classifier: TrainedClassifier): ModelFile[] {
  const { network, origin } = classifier;
  const { nodes, constants } = classifierGraph(classifier);
  const { entries, shards } = weightShards(constants);
  const nameOf = (shard: number) => `group1-shard${shard + 1}of${shards.length}.bin`;
  const tensor = (name: string, rowShape: readonly number[]) => ({
    [name]: { name: `${name}:0`, dtype: 'DT_FLOAT', tensorShape: tensorShape([-1, ...rowShape]) },
  });
  const model = {
    format: 'graph-model',
    generatedBy: `Tandem ${origin.tandem}`,
    convertedBy: `Tandem ${origin.tandem}`,
    signature: {
      inputs: tensor(INPUT_NAME, network.inputShape),
      outputs: tensor(OUTPUT_NAME, network.layers.at(-1)!.outputShape),
    },
    userDefinedMetadata: metadataOf(classifier),
    modelTopology: { node: nodes, library: {}, versions: { producer: GRAPH_PRODUCER } },
    weightsManifest: [{ paths: shards.map((_, shard) => nameOf(shard)), weights: entries }],
  };
  return [
    { name: MODEL_JSON, bytes: Buffer.from(`${JSON.stringify(model)}\n`, 'utf8') },
    ...shards.map((bytes, shard) => ({ name: nameOf(shard), bytes })),
  ];
}
