import { configValues, inspectConfig, openKeys } from '@tandem/core/config';
import { expect, it } from 'vitest';
import { configValuesText } from './config-values-text.js';

const text = `
model: { name: small }
data: { format: idx, train: 'a path: with # marks' }
optimizer: { schedule: { name: step, epochs: [2, 3] } }
`;

function shown(overrides: readonly string[] = []): string {
  const { config, source } = inspectConfig(text, { overrides });
  return configValuesText(configValues(config!, source), openKeys(config!));
}

it('is a configuration of the same values', () => {
  const { config } = inspectConfig(text);
  expect(inspectConfig(shown())).toMatchObject({ config, faults: [] });
});

it('says where each value comes from', () => {
  const lines = shown(['training.seed=5']).split('\n');
  expect(lines.find((line) => line.includes('train:'))).toMatch(/^ {2}train: "a path: with # marks" +# file, line 3$/);
  expect(lines.find((line) => line.includes('seed:'))).toMatch(/^ {2}seed: 5 +# --set training\.seed=5$/);
  expect(lines.find((line) => line.includes('epochs: [')!)).toMatch(/^ {4}epochs: \[ 2, 3 \] +# file, line 4$/);
  expect(lines.find((line) => line.includes('momentum:'))).toMatch(/^ {2}momentum: 0\.9 +# default$/);
  expect(lines).toContain('#   training.microBatches');
});
