import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(folder.length), readFileSync(path, 'utf8')];
    }),
  );
}

it('has types that are those of the .proto files (else: npm run generate -w @tandem/rpc)', () => {
  const fresh = mkdtempSync(join(tmpdir(), 'tandem-types-'));
  try {
    execFileSync(process.execPath, [join(import.meta.dirname, '../generate-types.mjs'), fresh]);
    expect(contents(join(import.meta.dirname, 'generated'))).toEqual(contents(fresh));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
});
