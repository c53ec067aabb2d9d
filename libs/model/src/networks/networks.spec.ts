import { parseConfig } from '@tandem/core';
import { describe, expect, it } from 'vitest';
import { alexNetKeras } from './alexnet-keras.js';
import { alexNetOneColumn } from './alexnet-one-column.js';
import { alexNetPaper } from './alexnet-paper.js';
import { buildNetwork } from './build-network.js';

const common = { channels: 3, classes: 1000, dropout: 0.5, activation: 'relu', lrn: true, biasInit: 1 } as const;
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

  it('gives alexnet 227×227 and the small network 28×28', () => {
    expect(buildNetwork(model('{ name: alexnet }'), { classes: 2, channels: 3 }).inputShape).toEqual([227, 227, 3]);
    expect(buildNetwork(model('{ name: small }'), { classes: 2, channels: 1 }).inputShape).toEqual([28, 28, 1]);
  });
});
