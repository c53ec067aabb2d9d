import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../errors.js';
import { formatConfig } from './format.js';
import { parseConfig } from './load.js';

const minimal = 'model: { name: small }\ndata: { format: idx, train: d/train, eval: d/eval }\n';

describe('parseConfig', () => {
  it('fills in every default that stands on its own', () => {
    const config = parseConfig(minimal);
    expect(config.optimizer).toEqual({
      name: 'sgd',
      learningRate: 0.01,
      momentum: 0.9,
      weightDecay: 0.0005,
      decayBias: true,
      trust: 0.001,
      schedule: { name: 'constant' },
    });
    expect(config.training).toEqual({
      globalBatch: 128,
      epochs: 1,
      seed: 1,
      accumulate: 1,
      labelSmoothing: 0,
      onNonFinite: 'stop',
      digestEverySteps: 10,
    });
    expect(config.exchange.order).toBe('canonical');
  });

  it('applies overrides over the file, in order', () => {
    const config = parseConfig(minimal, {
      overrides: ['training.globalBatch=8', 'training.globalBatch=16', 'optimizer.schedule={name: step, epochs: [2]}'],
    });
    expect(config.training.globalBatch).toBe(16);
    expect(config.optimizer.schedule).toEqual({ name: 'step', epochs: [2], gamma: 0.1 });
  });

  const bad: [string, string, string, RegExp][] = [
    [
      'an unknown key',
      `${minimal}training: { globalBach: 3 }`,
      'TANDEM_CONFIG_UNKNOWN_KEY',
      /unknown key training\.globalBach\. Expected one of globalBatch, microBatches/,
    ],
    [
      'an unknown section',
      `${minimal}trainning: {}`,
      'TANDEM_CONFIG_UNKNOWN_KEY',
      /unknown key trainning\. Expected one of model, data/,
    ],
    [
      'an unknown key in one of several forms',
      `${minimal}augment: { colourJitter: { from: train } }`,
      'TANDEM_CONFIG_UNKNOWN_KEY',
      /unknown key augment\.colourJitter\.from\. Expected one of source, deviation\./,
    ],
    [
      'none of several forms',
      `${minimal}augment: { colourJitter: yes }`,
      'TANDEM_CONFIG_VALUE',
      /augment\.colourJitter is "yes"\. Expected false, auto, or \{ source: train \| imagenet, deviation: 0\.1 \}/,
    ],
    [
      'a wrong type',
      `${minimal}training: { globalBatch: many }`,
      'TANDEM_CONFIG_VALUE',
      /training\.globalBatch is "many"\. Expected a number/,
    ],
    [
      'a value out of range',
      `${minimal}training: { globalBatch: 0 }`,
      'TANDEM_CONFIG_VALUE',
      /training\.globalBatch is 0\./,
    ],
    [
      'a number of towers that there is not',
      'model: { name: alexnet, towers: 3 }\ndata: { format: idx, train: d }',
      'TANDEM_CONFIG_VALUE',
      /model\.towers is 3\. Expected 1, 2 or half/,
    ],
    [
      'a wrong choice',
      'model: { name: vgg }\ndata: { format: idx, train: d }',
      'TANDEM_CONFIG_VALUE',
      /model\.name is "vgg"\. Expected one of alexnet, small/,
    ],
    [
      'a plateau schedule without evaluations',
      'model: { name: small }\ndata: { format: idx, train: d }\noptimizer: { schedule: { name: plateau } }',
      'TANDEM_CONFIG_VALUE',
      /optimizer\.schedule\.name is "plateau"\. Expected data\.eval/,
    ],
    [
      'rounds for a network that normalises over the global batch',
      'model: { name: alexnet, variant: keras }\ndata: { format: idx, train: d }\ntraining: { accumulate: 2 }',
      'TANDEM_CONFIG_VALUE',
      /training\.accumulate is 2\. Expected 1: the keras variant/,
    ],
    [
      'bounds the wrong way round',
      `${minimal}augment: { scale: [1, 0.08] }`,
      'TANDEM_CONFIG_VALUE',
      /augment\.scale is \[1,0\.08\]\. Expected two numbers above 0, at most 1, the smaller first/,
    ],
    [
      'one bound',
      `${minimal}augment: { ratio: 1.5 }`,
      'TANDEM_CONFIG_VALUE',
      /augment\.ratio is 1\.5\. Expected two positive numbers, the smaller first/,
    ],
    [
      'an area of more than the image',
      `${minimal}augment: { scale: [0.5, 2] }`,
      'TANDEM_CONFIG_VALUE',
      /augment\.scale/,
    ],
    [
      'padding of a resized crop',
      `${minimal}augment: { crop: random-resized, pad: 2 }`,
      'TANDEM_CONFIG_VALUE',
      /augment\.pad is 2\. Expected 0: nothing is padded beside crop: random-resized/,
    ],
    ['a missing section', 'model: { name: small }', 'TANDEM_CONFIG_VALUE', /data is missing/],
    ['YAML that is not', 'model: { name: [', 'TANDEM_CONFIG_SYNTAX', /./],
    ['no mapping', '- 1\n- 2', 'TANDEM_CONFIG_SYNTAX', /not a mapping/],
  ];
  it.each(bad)('refuses %s', (_, text, code, message) => {
    const attempt = () => parseConfig(text, { file: 'c.yaml' });
    expect(attempt).toThrow(ConfigurationError);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ code, exitCode: 2 }));
  });

  it('refuses a setting that is none', () => {
    expect(() => parseConfig(minimal, { overrides: ['globalBatch'] })).toThrow(/--set: "globalBatch" is not a setting/);
  });
});

describe('formatConfig', () => {
  it('is read back to the same', () => {
    const config = parseConfig(
      `${minimal}training: { microBatches: 6 }\noptimizer: { schedule: { name: step, epochs: [2] } }`,
    );
    expect(parseConfig(formatConfig(config))).toEqual(config);
  });
});
