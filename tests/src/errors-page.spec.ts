import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** TANDEM_ words in the sources that are no codes: variables of the environment. */
const VARIABLES = new Set(
  'CACHE CERTS FAULT_RELEASE INJECT_FAULT LIBTENSORFLOW LOG_FILE MANAGED PYTHON TLS_CA TLS_CERT TLS_KEY TOKEN_FILE'
    .split(' ')
    .map((name) => `TANDEM_${name}`),
);

it('lists in docs/errors.md every code of the sources, once, and no other', () => {
  const sources = ['apps', 'libs']
    .flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name, 'src')))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.includes('/testing/'));
  const codes = new Set(
    sources.flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/['`](TANDEM_[A-Z_]+)['`]/g)].map(([, code]) => code!),
    ),
  );
  const rows = readFileSync(join(root, 'docs/errors.md'), 'utf8').matchAll(/^\| (`TANDEM_[^|]*)\|/gm);
  const listed = [...rows].flatMap(([, cell]) => [...cell!.matchAll(/`(TANDEM_[A-Z_]+)`/g)].map(([, code]) => code!));
  expect(listed.toSorted()).toEqual([...codes].filter((code) => !VARIABLES.has(code)).toSorted());
});
