import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../engine/engine.js';
import { nativeForTests } from '../testing/native.js';
import { wasmForTests } from '../testing/wasm.js';
import type { Operations } from './operations.js';

const engines = [nativeForTests().operations, await wasmForTests()];
const ROWS = 40;
const MOST_SAMPLED = 17;

/** Everything that a layer computes for all local rows at once, at shapes of the networks here. */
const cases: {
  name: string;
  input: number[];
  other: number[];
  compute: (o: Operations, x: Tensor, w: Tensor) => Tensor;
}[] = [];
const same = { strides: [1, 1], padding: 'SAME' } as const;
for (const [name, input, kernel, geometry] of [
  ['conv1 of alexnet', [67, 67, 3], [11, 11, 3, 96], { strides: [4, 4], padding: 'VALID' }],
  ['a tower of conv2', [27, 27, 48], [5, 5, 48, 128], same],
  ['both towers of conv2', [27, 27, 96], [5, 5, 48, 256], same],
  ['conv3', [13, 13, 256], [3, 3, 256, 384], same],
  ['conv1 of small', [28, 28, 1], [3, 3, 1, 32], same],
  ['conv2 of small', [14, 14, 32], [3, 3, 32, 64], same],
] as const) {
  cases.push({ name, input: [...input], other: [...kernel], compute: (o, x, w) => o.conv2d(x, w, geometry) });
  cases.push({
    name: `${name}, with bias`,
    input: [...input],
    other: [...kernel],
    compute: (o, x, w) => {
      const bias = o.fill([kernel[3]], 1);
      const biased = o.conv2dWithBias(x, w, bias, geometry);
      bias.dispose();
      return biased;
    },
  });
  if (name === 'conv1 of alexnet') continue;
  const output = [input[0], input[1], kernel[3]];
  cases.push({
    name: `${name}, input gradient`,
    input: output,
    other: [...kernel],
    compute: (o, dy, w) => o.conv2dInputGradient([dy.shape[0]!, ...input], w, dy, geometry),
  });
}
for (const [from, to] of [
  [128, 10],
  [3136, 128],
  [4096, 1000],
  [4096, 2],
] as const) {
  cases.push({
    name: `dense ${from}→${to}`,
    input: [from],
    other: [from, to],
    compute: (o, x, w) => o.matMul(x, w, false, false),
  });
  cases.push({
    name: `dense ${from}→${to}, input gradient`,
    input: [to],
    other: [from, to],
    compute: (o, dy, w) => o.matMul(dy, w, false, true),
  });
}
const lrn = { depthRadius: 2, bias: 2, alpha: 1e-4, beta: 0.75 };
for (const channels of [96, 21]) {
  const input = [5, 5, channels];
  cases.push({ name: `LRN of ${channels} channels`, input, other: [1], compute: (o, x) => o.lrn(x, lrn) });
  cases.push({ name: `... gradient`, input, other: [1], compute: (o, x) => o.lrnGradient(x, x, x, lrn) });
}
const pool = { window: [3, 3], strides: [2, 2], padding: 'VALID' } as const;
cases.push({ name: 'max pooling', input: [13, 13, 20], other: [1], compute: (o, x) => o.maxPool(x, pool) });
cases.push({
  name: 'max pooling in training',
  input: [13, 13, 20],
  other: [1],
  compute: (o, x) => {
    const { output, saved } = o.maxPoolForTraining(x, pool);
    for (const tensor of saved) tensor.dispose();
    return output;
  },
});
for (const [size, channels] of [
  [13, 20],
  [55, 96],
] as const)
  cases.push({
    name: `max pooling of ${channels} channels, gradient`,
    input: [size, size, channels],
    other: [1],
    compute: (o, x) => {
      const { output, saved } = o.maxPoolForTraining(x, pool);
      const dx = o.maxPoolGradient(x, output, output, pool, saved);
      for (const tensor of [output, ...saved]) tensor.dispose();
      return dx;
    },
  });

/** On WebAssembly the largest shapes, which hold there as well, would take minutes. */
const casesOf = (operations: Engine) =>
  operations.engine === 'native'
    ? cases
    : cases.filter(({ name }) => !/conv2$|conv2,|conv3|4096→1000|96 channels, g/.test(name));

describe.each(engines)('a row has the same bits in any company: $engine', (operations) => {
  it.each(casesOf(operations))('$name', ({ input, other, compute }) => {
    const x = operations.normal([ROWS, ...input], 1, [1, 1]);
    const w = operations.normal(other, 1, [2, 2]);
    const all = compute(operations, x, w);
    for (let count = 1; count <= MOST_SAMPLED; count++) {
      const start = (count * 7) % (ROWS - count);
      const part = operations.rows(x, start, count);
      const alone = compute(operations, part, w);
      const among = operations.rows(all, start, count);
      const equal = Buffer.compare(bytesOf(operations, alone), bytesOf(operations, among)) === 0;
      for (const tensor of [part, alone, among]) tensor.dispose();
      expect(equal, `${count} rows`).toBe(true);
    }
    for (const tensor of [x, w, all]) tensor.dispose();
  });
});

function bytesOf(operations: Operations, tensor: Tensor): Buffer {
  const values = operations.read(tensor);
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
