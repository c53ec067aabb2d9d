import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-web';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { trainedExample } from '../testing/trained-example.js';
import { onnxFile } from './onnx-file.js';

describe('onnxFile', { timeout: 60_000 }, () => {
  const classifier = trainedExample({ model: '{ name: small, inputSize: 8 }', classes: 3 });
  const file = onnxFile(classifier);

  it('says what goes in and what comes out', async () => {
    const session = await InferenceSession.create(file);
    const sizes = (each: InferenceSession.ValueMetadata | undefined) => each?.isTensor && [each.name, ...each.shape];
    expect(sizes(session.inputMetadata[0])).toEqual(['images', 'n', 8, 8, 3]);
    expect(sizes(session.outputMetadata[0])).toEqual(['probabilities', 'n', 3]);
    await session.release();
  });

  it('carries class names and preprocessing as metadata', () => {
    const schema = protobuf.loadSync(join(import.meta.dirname, '../../../../protos/onnx/onnx.proto'));
    const type = schema.lookupType('onnx.ModelProto');
    const model = type.toObject(type.decode(file), { longs: Number }) as {
      producerName: string;
      opsetImport: unknown;
      metadataProps: { key: string; value: string }[];
    };
    expect(model).toMatchObject({ producerName: 'Tandem', producerVersion: '0.0.0', irVersion: 7 });
    expect(model.opsetImport).toEqual([{ domain: '', version: 13 }]);
    const metadata = Object.fromEntries(
      model.metadataProps.map(({ key, value }) => [key, JSON.parse(value) as unknown]),
    );
    expect(metadata).toMatchObject({
      classes: ['class 0', 'class 1', 'class 2'],
      preprocessing: { shorterSide: 16, size: 8, channels: 3, mean: [110, 120, 130], scale: 1 },
      origin: { step: 12 },
    });
  });
});
