import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseConfig } from '@tandem/core/config';
import { confineData } from './confine-data.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-confine-'));
  mkdirSync(join(folder, 'data/train'), { recursive: true });
  mkdirSync(join(folder, 'secret'));
  symlinkSync(join(folder, 'secret'), join(folder, 'data/link'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const confine = (train: string, evaluation: string, root?: string) =>
  confineData(
    parseConfig(
      `model: { name: small }\ndata: { format: image-folder, train: ${join(folder, train)}, eval: ${join(folder, evaluation)} }`,
    ),
    root && join(folder, root),
  );

it('lets the coordinator name folders in the root, and any where there is none', () => {
  expect(() => confine('data/train', 'data/not-yet', 'data')).not.toThrow();
  expect(() => confine('data', 'data', 'data')).not.toThrow();
  expect(() => confine('secret', '../../etc')).not.toThrow();
});

it.each([
  ['a folder elsewhere', 'secret', 'data', 'data.train'],
  ['a way out', 'data/../secret', 'data', 'data.train'],
  ['a link out', 'data/link', 'data', 'data.train'],
  ['a folder that only begins alike', 'data/train', 'data-of-others', 'data.eval'],
])('refuses %s', (_, train, evaluation, key) => {
  expect(() => confine(train, evaluation, 'data')).toThrow(
    expect.objectContaining({
      code: 'TANDEM_DATA_OUTSIDE',
      context: expect.objectContaining({ key }) as unknown,
    }) as Error,
  );
});
