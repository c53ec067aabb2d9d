import { describe, expect, it } from 'vitest';
import { trainedExample } from '../testing/trained-example.js';
import { tensorFlowJsFiles } from './model-files.js';
import { weightShards } from './weight-shards.js';

describe('tensorFlowJsFiles', () => {
  const classifier = trainedExample({ model: '{ name: small, inputSize: 40 }', classes: 3 });
  const [json, ...shards] = tensorFlowJsFiles(classifier);
  const model = JSON.parse(Buffer.from(json!.bytes).toString('utf8')) as {
    signature: unknown;
    userDefinedMetadata: unknown;
    weightsManifest: { paths: string[]; weights: { name: string; shape: number[]; dtype: string }[] }[];
  };

  it('says what goes in, what comes out and what it means', () => {
    const shape = (...sizes: string[]) => ({ dim: sizes.map((size) => ({ size })) });
    expect(model.signature).toEqual({
      inputs: { images: { name: 'images:0', dtype: 'DT_FLOAT', tensorShape: shape('-1', '40', '40', '3') } },
      outputs: { probabilities: { name: 'probabilities:0', dtype: 'DT_FLOAT', tensorShape: shape('-1', '3') } },
    });
    expect(model.userDefinedMetadata).toEqual({
      classes: ['class 0', 'class 1', 'class 2'],
      preprocessing: {
        ...{ shorterSide: 48, size: 40, channels: 3 },
        ...{ mean: [110, 120, 130], scale: 1, inModel: ['mean', 'scale'] },
      },
      origin: { tandem: '0.0.0', model: { ...classifier.origin.model }, step: 12, epoch: 3 },
    });
  });

  it('cuts the weights into shards that a browser caches', () => {
    const [{ paths, weights } = { paths: [], weights: [] }] = model.weightsManifest;
    expect(shards.map(({ name }) => name)).toEqual(paths);
    expect(paths).toEqual(['group1-shard1of1.bin']);
    expect(weights.map(({ name }) => name)).toContain('fc3/kernel');
    const elements = weights.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
    expect(shards[0]!.bytes).toHaveLength(4 * elements);
  });
});

describe('weightShards', () => {
  const constants = [
    { name: 'a', shape: [2, 2], values: Float32Array.of(1, 2, 3, 4) },
    { name: 'b', shape: [1], values: Int32Array.of(5) },
  ];

  it('fills each shard but the last', () => {
    const { entries, shards } = weightShards(constants, 12);
    expect(entries).toEqual([
      { name: 'a', shape: [2, 2], dtype: 'float32' },
      { name: 'b', shape: [1], dtype: 'int32' },
    ]);
    expect(shards.map(({ length }) => length)).toEqual([12, 8]);
    const joined = new Uint8Array(Buffer.concat(shards)).buffer;
    expect([...new Float32Array(joined, 0, 4)]).toEqual([1, 2, 3, 4]);
    expect([...new Int32Array(joined, 16, 1)]).toEqual([5]);
  });

  it('keeps to 4 MB a shard', () => {
    const { shards } = weightShards([{ name: 'w', shape: [2_100_000], values: new Float32Array(2_100_000) }]);
    expect(shards.map(({ length }) => length)).toEqual([4_000_000, 4_000_000, 400_000]);
  });
});
