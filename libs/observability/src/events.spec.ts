import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EVENTS } from './events.js';

const root = join(import.meta.dirname, '../../..');

/** The text of all that runs: specs are of no account. */
function sources(): string {
  const folders = ['apps', 'libs'].flatMap((kind) =>
    readdirSync(join(root, kind)).map((name) => join(root, kind, name, 'src')),
  );
  return folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
}

it('lists in docs/events.md what there is, in order', () => {
  const [, page = ''] = readFileSync(join(root, 'docs/events.md'), 'utf8').split('\n## Events\n');
  expect([...page.matchAll(/^\| `([a-z.-]+)` \|/gm)].map(([, name]) => name)).toEqual(EVENTS);
});

it('has no event that nothing logs', () => {
  const text = sources();
  expect(EVENTS.filter((event) => !text.includes(`event: '${event}'`))).toEqual([]);
});
