import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema } from './json-schema.js';

const root = join(import.meta.dirname, '../../../..');
const documentation = readFileSync(join(root, 'docs/configuration.md'), 'utf8');
const published = JSON.parse(readFileSync(join(root, 'schemas/run-config.schema.json'), 'utf8')) as object;

describe('schemas/run-config.schema.json', () => {
  it('is that of the schema and of docs/configuration.md (else: npm run generate -w @tandem/core)', () => {
    expect(published).toEqual(configJsonSchema(documentation));
  });

  const accepts = new Ajv({ strict: false }).compile(published);
  const examples = ['examples', 'examples/ablations', 'examples/own-network']
    .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(folder, name)))
    .filter((file) => file.endsWith('.yaml'));

  it.each(examples)('accepts %s', (file) => {
    accepts(parse(readFileSync(join(root, file), 'utf8')));
    expect(accepts.errors).toBeNull();
  });

  it.each([
    ['an unknown key', { training: { globalBach: 3 } }],
    ['a wrong type', { training: { globalBatch: 'many' } }],
    ['a value out of range', { training: { globalBatch: 0 } }],
    ['a wrong choice', { model: { name: 'vgg' } }],
    ['a schedule that lacks what it needs', { optimizer: { schedule: { name: 'step' } } }],
  ])('refuses %s', (_, wrong) => {
    const right = { model: { name: 'small' }, data: { format: 'idx', train: 'd' } };
    expect(accepts(right)).toBe(true);
    expect(accepts({ ...right, ...wrong })).toBe(false);
  });

  it('explains every key', () => {
    expect(() => configJsonSchema(documentation.replace('| `log.level` |', '| `log.loudness` |'))).toThrow(
      'docs/configuration.md does not explain log.level',
    );
  });
});
