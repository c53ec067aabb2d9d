import { loadWasm } from '@tandem/runtime';
import type { Rank, Tensor as CoreTensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import { describe, expect, it } from 'vitest';
import { nativeForTests } from '../../testing/native.js';
import { wasmForTests } from '../../testing/wasm.js';
import type { ConvolutionGeometry, Operations, PoolGeometry } from '../operations.js';

const { tf, operations: native } = nativeForTests();
const wasm = await wasmForTests();

interface Case {
  readonly name: string;
  /** Of the inputs. */
  readonly shapes: readonly (readonly number[])[];
  readonly compute: (operations: Operations, ...inputs: Tensor[]) => Tensor | Tensor[];
  /** Of the greatest value of the result: both engines round each sum in an order of their own. Default: to the bit. */
  readonly tolerance?: number;
}

const ROUNDING = 2e-6;
/** Sums of some thousands of products, one after another here, in parts there. */
const LONG_SUMS = 1e-5;

const cases: Case[] = [];

const geometries: [string, number[], number[], ConvolutionGeometry][] = [
  ['conv1 of small', [5, 28, 28, 1], [3, 3, 1, 32], { strides: [1, 1], padding: 'SAME' }],
  ['conv2 of small', [6, 14, 14, 32], [3, 3, 32, 64], { strides: [1, 1], padding: 'SAME' }],
  ['an even window', [2, 9, 7, 3], [2, 4, 3, 5], { strides: [1, 1], padding: 'SAME' }],
  ['no zeros', [3, 9, 8, 4], [3, 2, 4, 7], { strides: [1, 1], padding: 'VALID' }],
  ['two zeros', [2, 13, 13, 6], [5, 5, 6, 8], { strides: [1, 1], padding: 2 }],
  ['more zeros than the window has', [1, 5, 5, 2], [1, 1, 2, 3], { strides: [1, 1], padding: 1 }],
  ['a stride', [2, 23, 21, 3], [11, 5, 3, 16], { strides: [4, 2], padding: 'VALID' }],
  ['a stride and zeros', [2, 10, 11, 3], [3, 3, 3, 4], { strides: [2, 2], padding: 'SAME' }],
  ['one place', [3, 1, 1, 4], [1, 1, 4, 5], { strides: [1, 1], padding: 'VALID' }],
];
for (const [name, x, kernel, geometry] of geometries) {
  const output = native.fill(x, 0);
  const weights = native.fill(kernel, 0);
  const shape = native.conv2d(output, weights, geometry).shape;
  cases.push(
    {
      name: `convolution, ${name}`,
      shapes: [x, kernel],
      compute: (o, a, k) => o.conv2d(a!, k!, geometry),
      tolerance: ROUNDING,
    },
    {
      name: `convolution with bias, ${name}`,
      shapes: [x, kernel, [kernel[3]!]],
      compute: (o, a, k, b) => o.conv2dWithBias(a!, k!, b!, geometry),
      tolerance: ROUNDING,
    },
    {
      name: `its input gradient, ${name}`,
      shapes: [kernel, shape],
      compute: (o, k, dy) => o.conv2dInputGradient([dy!.shape[0]!, ...x.slice(1)], k!, dy!, geometry),
      tolerance: ROUNDING,
    },
    {
      name: `its kernel gradient, ${name}`,
      shapes: [x, shape],
      compute: (o, a, dy) => o.conv2dKernelGradient(a!, kernel, dy!, geometry),
      tolerance: LONG_SUMS,
    },
  );
}
cases.push({
  name: 'convolution in two groups',
  shapes: [[3, 9, 9, 8], [5, 5, 4, 6], [6]],
  compute: (o, x, kernel, bias) => o.conv2dWithBias(x!, kernel!, bias!, { strides: [1, 1], padding: 'SAME' }),
  tolerance: ROUNDING,
});

const pools: [number[], PoolGeometry][] = [
  [[4, 28, 28, 32], { window: [2, 2], strides: [2, 2], padding: 'VALID' }],
  [[2, 13, 12, 5], { window: [3, 3], strides: [2, 2], padding: 'VALID' }],
  [[2, 7, 8, 3], { window: [3, 2], strides: [2, 2], padding: 'SAME' }],
  [[1, 6, 6, 1], { window: [3, 3], strides: [1, 1], padding: 'SAME' }],
];
for (const [shape, geometry] of pools) {
  const name = `of [${shape.join()}] by ${geometry.window.join('×')}, ${geometry.padding}`;
  cases.push(
    { name: `max pooling ${name}`, shapes: [shape], compute: (o, x) => o.maxPool(x!, geometry) },
    {
      name: `its gradient ${name}`,
      shapes: [shape],
      compute: (o, x) => {
        // Many equal values, of which the first takes it all.
        const steps = o.relu(x!);
        const { output, saved } = o.maxPoolForTraining(steps, geometry);
        const dx = o.maxPoolGradient(steps, output, output, geometry, saved);
        for (const tensor of [steps, output, ...saved]) tensor.dispose();
        return dx;
      },
      tolerance: ROUNDING,
    },
  );
}

for (const [rows, inner, columns] of [
  [1, 3136, 128],
  [32, 3136, 128],
  [5, 128, 10],
  [17, 7, 3],
  [1, 1, 1],
] as const) {
  const matrix = (transposed: boolean, a: number, b: number) => (transposed ? [b, a] : [a, b]);
  for (const [ofA, ofB] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const)
    cases.push({
      name: `product [${rows}, ${inner}]·[${inner}, ${columns}], transposed: ${ofA}, ${ofB}`,
      shapes: [matrix(ofA, rows, inner), matrix(ofB, inner, columns)],
      compute: (o, a, b) => o.matMul(a!, b!, ofA, ofB),
      tolerance: LONG_SUMS,
    });
}
cases.push({
  name: 'factor product',
  shapes: [
    [64, 3136],
    [64, 128],
  ],
  compute: (o, x, d) => o.factorProduct(x!, d!),
  tolerance: LONG_SUMS,
});

const image = [3, 5, 4, 20];
const lrn = { depthRadius: 2, bias: 2, alpha: 0.1, beta: 0.75 };
cases.push(
  { name: 'relu', shapes: [image], compute: (o, x) => o.relu(x!) },
  { name: 'relu’s gradient', shapes: [image, image], compute: (o, dy, y) => o.reluGradient(dy!, y!) },
  { name: 'tanh', shapes: [image], compute: (o, x) => o.tanh(x!), tolerance: ROUNDING },
  {
    name: 'tanh’s gradient',
    shapes: [image, image],
    compute: (o, dy, y) => o.tanhGradient(dy!, y!),
    tolerance: ROUNDING,
  },
  { name: 'bias', shapes: [image, [20]], compute: (o, x, bias) => o.biasAdd(x!, bias!) },
  { name: 'bias gradient', shapes: [[8, 28, 28, 32]], compute: (o, dy) => o.biasGradient(dy!), tolerance: LONG_SUMS },
  { name: 'sum over rows', shapes: [image, image], compute: (o, x, y) => o.sumOverRows(x!, y!), tolerance: ROUNDING },
  { name: 'LRN', shapes: [image], compute: (o, x) => o.lrn(x!, lrn), tolerance: ROUNDING },
  {
    name: 'LRN’s gradient',
    shapes: [image, image],
    compute: (o, x, dy) => {
      const y = o.lrn(x!, lrn);
      const dx = o.lrnGradient(x!, y, dy!, lrn);
      y.dispose();
      return dx;
    },
    tolerance: ROUNDING,
  },
  { name: 'addition', shapes: [image, image], compute: (o, a, b) => o.add(a!, b!) },
  { name: 'addition of channels', shapes: [image, [20]], compute: (o, a, b) => o.add(a!, b!) },
  { name: 'multiplication', shapes: [image, image], compute: (o, a, b) => o.multiply(a!, b!) },
  { name: 'multiplication by channels', shapes: [image, [20]], compute: (o, a, b) => o.multiply(a!, b!) },
  { name: 'scaling', shapes: [image], compute: (o, x) => o.scale(x!, 0.1) },
  { name: 'shape', shapes: [image], compute: (o, x) => o.reshape(x!, [3, 400]) },
  { name: 'rows', shapes: [image], compute: (o, x) => o.rows(x!, 1, 2) },
  { name: 'parts of the channels', shapes: [image], compute: (o, x) => o.splitChannels(x!, 4) },
  { name: 'joined channels', shapes: [image, [3, 5, 4, 7]], compute: (o, a, b) => o.concatChannels([a!, b!]) },
  { name: 'one value', shapes: [], compute: (o) => o.fill([2, 3], 0.1) },
);

/** Values that no shape makes periodic. */
function inputOf(operations: Operations, shape: readonly number[], which: number): Tensor {
  const size = shape.reduce((product, along) => product * along, 1);
  return operations.fromFloat32(
    Float32Array.from({ length: size }, (_, at) => Math.sin(1 + at * 12.9898 + which * 78.233) * 1.5),
    shape,
  );
}

describe('the WebAssembly engine beside the native one', () => {
  it.each(cases)('$name', ({ shapes, compute, tolerance = 0 }) => {
    const results = [native, wasm].map((operations) => {
      const inputs = shapes.map((shape, which) => inputOf(operations, shape, which));
      const before = operations.bitSums(inputs.map((input) => operations.reshape(input, input.shape)));
      const tensorsBefore = tf.memory().numTensors;
      const outputs = [compute(operations, ...inputs)].flat();
      const result = outputs.map((output) => ({ shape: output.shape, values: operations.read(output).slice() }));
      for (const output of outputs) output.dispose();
      expect(tf.memory().numTensors, 'tensors are left over').toBe(tensorsBefore);
      expect(operations.bitSums(inputs), 'an input is changed').toEqual(before);
      return result;
    });
    const [theirs, ours] = results as [(typeof results)[0], (typeof results)[0]];
    expect(ours.map(({ shape }) => shape)).toEqual(theirs.map(({ shape }) => shape));
    for (const [index, { values }] of ours.entries()) {
      const expected = theirs[index]!.values;
      const greatest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const worst = values.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[at]!)), 0);
      expect(worst).toBeLessThanOrEqual(tolerance * greatest);
    }
  });

  it('keeps what is no number in sight', () => {
    const x = wasm.fromFloat32(Float32Array.of(NaN, -1, 2, Infinity), [1, 2, 2, 1]);
    const y = wasm.relu(x);
    expect([...wasm.read(y)]).toEqual([NaN, 0, 2, Infinity]);
    expect(wasm.halfSquareSum([y], [])).toBe(NaN);
    const pool = { window: [2, 2], strides: [2, 2], padding: 'VALID' } as const;
    const one = wasm.fill([1, 1, 1, 1], 1);
    const dx = wasm.maxPoolGradient(y, one, one, pool);
    expect([...wasm.read(dx)]).toEqual([1, 0, 0, 0]);
    for (const tensor of [x, y, one, dx]) tensor.dispose();
  });

  it.each([
    ['values', [[1, -2, 0.5], [3]], []],
    [
      'pairs',
      [[1]],
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    ],
    ['nothing', [], []],
  ] as const)('has half the sum of squares and the sums of bits of %s', (_, tensors, pairs) => {
    const [theirs, ours] = [native, wasm].map((operations) => {
      const of = (values: readonly number[]) => operations.fromFloat32(Float32Array.from(values), [values.length]);
      const made = tensors.map(of);
      const paired = pairs.map(([a, b]) => [of(a), of(b)] as const);
      const sum = operations.halfSquareSum(made, paired);
      return [sum, operations.bitSums([...made, ...paired.flat()])];
    });
    expect(ours).toEqual(theirs);
  });

  it('has its gradient of a convolution’s kernel where tfjs looks for one', async () => {
    const { core } = await loadWasm();
    const previous = core.getBackend();
    await core.setBackend('wasm');
    try {
      const gradient = core.tidy(() => {
        const image = core.ones<Rank.R4>([1, 3, 3, 1]);
        const loss = (kernel: CoreTensor) => core.sum(core.conv2d(image, kernel as Tensor4D, 1, 'same'));
        return core
          .grad(loss)(core.ones([3, 3, 1, 1]))
          .dataSync();
      });
      expect([...gradient]).toEqual([4, 6, 4, 6, 9, 6, 4, 6, 4]);
    } finally {
      await core.setBackend(previous);
    }
  });
});
