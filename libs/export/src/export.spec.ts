import { beforeAll, describe, expect, it } from 'vitest';
import { onnxFile, tensorFlowJsFiles } from './index.js';
import { runHere } from './testing/run-here.js';
import { runOnnx } from './testing/run-onnx.js';
import { runTensorFlowJs } from './testing/run-tensorflow-js.js';
import { type ExampleOptions, examplePixels, trainedExample } from './testing/trained-example.js';

const ROWS = 2;
const TOLERANCE = 1e-5;

// The smallest inputs that the networks can have.
const cases: Readonly<Record<string, ExampleOptions>> = {
  small: { model: '{ name: small, inputSize: 8 }', scale: 1 / 255 },
  'small, grey, an odd size': { model: '{ name: small, inputSize: 15 }', channels: 1, scale: 1 / 255 },
  paper: { model: '{ name: alexnet, variant: paper, inputSize: 67 }' },
  'paper with tanh and plain pooling, without LRN': {
    model: '{ name: alexnet, variant: paper, inputSize: 67, activation: tanh, pooling: plain, lrn: false }',
    scale: 1 / 64,
  },
  'one-column': { model: '{ name: alexnet, variant: one-column, inputSize: 63 }', scale: 1 / 64 },
  keras: { model: '{ name: alexnet, variant: keras, inputSize: 215 }', scale: 1 / 64 },
};

describe.each(Object.entries(cases))('an exported %s', { timeout: 60_000 }, (_, options) => {
  const classifier = trainedExample(options);
  const pixels = examplePixels(classifier, ROWS);
  const shape = [ROWS, ...classifier.network.inputShape];
  let expected: Float64Array;

  beforeAll(() => {
    expected = runHere(classifier, pixels);
  }, 60_000);

  it('has classes that are told apart', () => {
    const first = expected.subarray(0, classifier.classes.length);
    expect(Math.max(...first)).toBeLessThan(0.9);
    expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(0.02);
  });

  it('gives the same probabilities in TensorFlow.js', async () => {
    const got = await runTensorFlowJs(tensorFlowJsFiles(classifier), pixels, shape);
    expect(worst(got, expected)).toBeLessThan(TOLERANCE);
  });

  it('gives the same probabilities in ONNX Runtime', async () => {
    const got = await runOnnx(onnxFile(classifier), pixels, shape);
    expect(worst(got, expected)).toBeLessThan(TOLERANCE);
  });
});

function worst(got: Float32Array, expected: Float64Array): number {
  expect(got).toHaveLength(expected.length);
  return got.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0);
}
