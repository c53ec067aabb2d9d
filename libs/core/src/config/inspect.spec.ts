import { describe, expect, it } from 'vitest';
import { configValues, openKeys } from './config-values.js';
import { inspectConfig } from './inspect.js';

const minimal = 'model: { name: small }\ndata: { format: idx, train: d/train }\n';

describe('inspectConfig', () => {
  const cases: [string, string, string[], string, string][] = [
    ['a key', `${minimal}training:\n  globalBach: 3\n`, [], 'c.yaml:4:3', 'Did you mean training.globalBatch?'],
    ['a value', `${minimal}training:\n  seed: -1\n`, [], 'c.yaml:4:9', 'See docs/configuration.md.'],
    ['a key of one line', `${minimal}augment: { rotated: none }\n`, [], 'c.yaml:3:12', 'Did you mean augment.rotate?'],
    ['another capital', `${minimal}training: { globalbatch: 3 }\n`, [], 'c.yaml:3:13', 'Did you mean training.globalB'],
    ['a key of another section', `${minimal}globalBatch: 3\n`, [], 'c.yaml:3:1', 'Did you mean training.globalBatch?'],
    ['a key like no other', `${minimal}wallpaper: 3\n`, [], 'c.yaml:3:1', 'Remove it or correct its name.'],
    ['a missing section', 'model: { name: small }\n', [], 'c.yaml:1:1', 'See docs/configuration.md.'],
    ['a missing key', 'model: { name: small }\ndata:\n  format: idx\n', [], 'c.yaml:3:3', 'See docs'],
    ['a choice', minimal.replace('small', 'alexnett'), [], 'c.yaml:1:16', 'Did you mean alexnet?'],
    ['a key set', minimal, ['trainig.seed=3'], '--set trainig.seed=3', 'Did you mean training?'],
    [
      'a value set over the file’s',
      `${minimal}training: { seed: 1 }`,
      ['training.seed=x'],
      '--set training.seed=x',
      '',
    ],
    [
      'a key that an alias brings',
      'model: &m { name: small }\ndata: { format: idx, train: d }\naugment: *m\n',
      [],
      'c.yaml:1:13',
      'Did you mean model.name or optimizer.name or optimizer.schedule.name?',
    ],
  ];
  it.each(cases)('says where %s stands that is wrong, and what was meant', (_, text, overrides, where, remedy) => {
    const { config, faults } = inspectConfig(text, { file: 'c.yaml', overrides });
    expect(config).toBeUndefined();
    expect(faults).toEqual([expect.objectContaining({ where, remedy: expect.stringContaining(remedy) as string })]);
  });

  it('finds all that is wrong at once', () => {
    const text = `${minimal}training: { globalBach: 3, epoch: 2, seed: x }\nlogs: {}\n`;
    const { faults } = inspectConfig(text, { file: 'c.yaml' });
    expect(faults.map(({ what, where }) => `${where} ${what}`)).toEqual([
      'c.yaml:3:13 unknown key training.globalBach',
      'c.yaml:3:28 unknown key training.epoch',
      'c.yaml:3:44 training.seed is "x"',
      'c.yaml:4:1 unknown key logs',
    ]);
  });

  it.each([
    ['training: { globalBatch: 0 }', 'at least 1'],
    ['model: { name: small, dropout: 1 }', 'less than 1'],
    ['training: { epochs: many }', 'a number'],
    ['training: { seed: 1.5 }', 'a whole number'],
    ['model: { name: vgg }', 'one of alexnet, small, module'],
    ['augment: { mirror: 1 }', 'a boolean'],
    ['optimizer: { schedule: { name: step } }', 'an array'],
  ])('says in words what is expected in the place of %s', (text, expected) => {
    const section = text.split(':')[0]!;
    const others = minimal.split('\n').filter((line) => !line.startsWith(section));
    const { faults } = inspectConfig([...others, text].join('\n'), { file: 'c.yaml' });
    expect(faults).toEqual([expect.objectContaining({ expected })]);
  });

  it('names every fault of the YAML and where it is', () => {
    const { faults } = inspectConfig('model: { name: small }\nmodel: 3\n', { file: 'c.yaml' });
    expect(faults).toEqual([
      expect.objectContaining({ code: 'TANDEM_CONFIG_SYNTAX', where: 'c.yaml:2:1', what: 'Map keys must be unique' }),
    ]);
  });
});

describe('configValues', () => {
  it('says of each value where it comes from', () => {
    const text = `${minimal}training: { globalBatch: 8, seed: 3 }\noptimizer:\n  schedule: { name: step, epochs: [2] }\n`;
    const { config, source } = inspectConfig(text, { overrides: ['training.seed=4', 'checkpoint={keep: 2}'] });
    const values = configValues(config!, source);
    const of = (key: string) => values.find(({ path }) => path.join('.') === key);
    expect(of('training.globalBatch')).toMatchObject({ value: 8, origin: { from: 'file', line: 3 } });
    expect(of('training.seed')).toMatchObject({ value: 4, origin: { from: 'set', setting: 'training.seed=4' } });
    expect(of('checkpoint.keep')).toMatchObject({ value: 2, origin: { from: 'set' } });
    expect(of('checkpoint.keepBest')).toMatchObject({ value: 1, origin: { from: 'default' } });
    expect(of('optimizer.schedule.epochs')).toMatchObject({ value: [2], origin: { from: 'file', line: 5 } });
    expect(of('optimizer.schedule.gamma')).toMatchObject({ value: 0.1, origin: { from: 'default' } });
  });

  it('leaves out what has no value, which openKeys has', () => {
    const { config, source } = inspectConfig(minimal);
    const keys = configValues(config!, source).map(({ path }) => path.join('.'));
    const open = openKeys(config!);
    expect(open).toContain('training.microBatches');
    expect(open.filter((key) => keys.includes(key))).toEqual([]);
  });
});
