import { parseConfig } from '@tandem/core/config';
import { describe, expect, it } from 'vitest';
import { alexNetKeras } from './alexnet-keras.js';
import { alexNetOneColumn } from './alexnet-one-column.js';
import { alexNetPaper } from './alexnet-paper.js';
import { buildNetwork } from './build-network.js';

const common = {
  channels: 3,
  classes: 1000,
  dropout: 0.5,
  activation: 'relu',
  width: 1,
  towers: 2,
  lrn: true,
  biasInit: 1,
  kernelInit: 'paper',
} as const;
const paper = { ...common, inputSize: 227, pooling: 'overlapping' } as const;

describe('alexNetPaper', () => {
  it('has the paper’s parameters, layer by layer', () => {
    const network = alexNetPaper(paper);
    expect(network.parameterCount).toBe(60_965_224);
    expect(Object.fromEntries(network.parameters.map(({ name, shape }) => [name, shape]))).toEqual({
      'conv1/kernel': [11, 11, 3, 96],
      'conv1/bias': [96],
      'conv2/kernel': [5, 5, 48, 256],
      'conv2/bias': [256],
      'conv3/kernel': [3, 3, 256, 384],
      'conv3/bias': [384],
      'conv4/kernel': [3, 3, 192, 384],
      'conv4/bias': [384],
      'conv5/kernel': [3, 3, 192, 256],
      'conv5/bias': [256],
      'fc6/kernel': [9216, 4096],
      'fc6/bias': [4096],
      'fc7/kernel': [4096, 4096],
      'fc7/bias': [4096],
      'fc8/kernel': [4096, 1000],
      'fc8/bias': [1000],
    });
  });

  it('starts conv2, conv4, conv5, fc6 and fc7 at the raised bias and every kernel at N(0, 0.01²)', () => {
    for (const { name, initialiser } of alexNetPaper({ ...paper, biasInit: 0.1 }).parameters) {
      const raised = ['conv2/bias', 'conv4/bias', 'conv5/bias', 'fc6/bias', 'fc7/bias'].includes(name);
      expect(initialiser, name).toEqual(
        name.endsWith('/kernel') ? { kind: 'normal', deviation: 0.01 } : { kind: 'constant', value: raised ? 0.1 : 0 },
      );
    }
  });

  it.each([
    [1, 2, 60_965_224],
    // conv2, conv4 and conv5 have the other half of their kernels too: 25·48·256 + 9·192·384 + 9·192·256.
    [1, 1, 60_965_224 + 307_200 + 663_552 + 442_368],
    // What goes, biases included: 17,472 of conv1's 34,944, 153,728 of conv2's 307,456, 663,744 of conv3's 885,120 and, of as
    // many inputs a kernel, 331,968 of conv4's 663,936.
    [1, 'half', 60_965_224 - 17_472 - 153_728 - 663_744 - 331_968],
  ] as const)('has at width %s, towers %s so many parameters: %s', (width, towers, count) => {
    expect(alexNetPaper({ ...paper, width, towers }).parameterCount).toBe(count);
  });

  it.each([
    [2, 1_273_274],
    [1, 1_361_594],
    ['half', 1_199_874],
  ] as const)('has at a quarter of the width, 67×67 and 10 classes, towers %s, so many: %s', (towers, count) => {
    const small = { ...paper, width: 0.25, inputSize: 67, classes: 10, channels: 1 };
    expect(alexNetPaper({ ...small, towers }).parameterCount).toBe(count);
    // Pooling does not change what the layers after it get.
    expect(alexNetPaper({ ...small, towers, pooling: 'plain' }).parameterCount).toBe(count);
  });

  it('keeps an even number of channels at any width, for two towers', () => {
    const shapes = alexNetPaper({ ...paper, width: 0.01 }).parameters.map(({ shape }) => shape);
    expect(shapes[0]).toEqual([11, 11, 3, 2]);
    expect(shapes[2]).toEqual([5, 5, 1, 2]);
    expect(shapes[10]).toEqual([36 * 2, 40]);
    expect(shapes.at(-1)).toEqual([1000]);
  });

  it('starts kernels at a deviation that follows their fan-in where that is asked for', () => {
    const deviations = (activation: 'relu' | 'tanh') =>
      alexNetPaper({ ...paper, activation, kernelInit: 'fan-in' }).parameters.flatMap(({ initialiser }) =>
        initialiser.kind === 'normal' ? [initialiser.deviation] : [],
      );
    const fanIns = [11 * 11 * 3, 25 * 48, 9 * 256, 9 * 192, 9 * 192, 9216, 4096, 4096];
    expect(deviations('relu')).toEqual(fanIns.map((fanIn) => Math.sqrt(2 / fanIn)));
    expect(deviations('tanh')).toEqual(fanIns.map((fanIn) => Math.sqrt(1 / fanIn)));
  });

  it('refuses an input that its windows do not fit in', () => {
    expect(() => alexNetPaper({ ...paper, inputSize: 28 })).toThrow(
      /model\.inputSize: the network's input is too small/,
    );
  });
});

describe('alexNetOneColumn', () => {
  it('has the parameters that most libraries’ AlexNet has', () => {
    const network = alexNetOneColumn({ ...common, inputSize: 224, pooling: 'overlapping' });
    expect(network.parameterCount).toBe(61_100_840);
    expect(network.parameters.find(({ name }) => name === 'fc6/kernel')?.shape).toEqual([9216, 4096]);
  });
});

describe('alexNetKeras', () => {
  it('has the parameters of the Keras network, moving averages among them', () => {
    const network = alexNetKeras({ ...common, inputSize: 224, pooling: 'plain' });
    expect(network.parameterCount).toBe(28_075_752);
    expect(network.parameters.find(({ name }) => name === 'fc6/kernel')?.shape).toEqual([256, 4096]);
    const moving = network.parameters.filter(({ untrained }) => untrained);
    expect(moving.map(({ name }) => name)).toContain('bn7/moving_variance');
    expect(moving.reduce((sum, { shape }) => sum + shape[0]!, 0)).toBe(2 * (96 + 256 + 384 + 384 + 256 + 4096 + 4096));
    expect(network.reductions).toHaveLength(14);
  });
});

describe('buildNetwork', () => {
  const model = (text: string) => parseConfig(`model: ${text}\ndata: { format: idx, train: d }`).model;

  it('takes classes from the data set unless the configuration names them', () => {
    const small = model('{ name: small }');
    expect(buildNetwork(small, { classes: 10, channels: 1 }).layers.at(-1)?.outputShape).toEqual([10]);
    expect(buildNetwork({ ...small, classes: 7 }, { classes: 10, channels: 1 }).layers.at(-1)?.outputShape).toEqual([
      7,
    ]);
    expect(buildNetwork(small, { classes: 10, channels: 1 }).parameterCount).toBe(421_642);
  });

  it('takes the width, the towers and the first kernels of the configuration', () => {
    const text = '{ name: alexnet, inputSize: 67, width: 0.25, towers: half, kernelInit: fan-in, biasInit: 0 }';
    const network = buildNetwork(model(text), { classes: 10, channels: 1 });
    expect(network.parameterCount).toBe(1_199_874);
    expect(network.parameters[0]!.initialiser).toEqual({ kind: 'normal', deviation: Math.sqrt(2 / 121) });
  });

  it('gives alexnet 227×227 and the small network 28×28', () => {
    expect(buildNetwork(model('{ name: alexnet }'), { classes: 2, channels: 3 }).inputShape).toEqual([227, 227, 3]);
    expect(buildNetwork(model('{ name: small }'), { classes: 2, channels: 1 }).inputShape).toEqual([28, 28, 1]);
  });
});
