import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { init, parse } from 'es-module-lexer';

const NODE_MODULES = `${sep}node_modules${sep}`;

/**
 * SHA-256 of a module's code: of its file and of those that it imports by a path, wherever the whole lies, and the names and
 * versions of the packages that it imports. Files that are only read or required as it runs are not seen.
 */
export async function moduleDigest(entry: string): Promise<string> {
  await init;
  const parts = new Map<string, string>();
  const root = dirname(entry);
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const name = relative(root, file).split(sep).join('/');
    if (parts.has(name)) continue;
    const code = readFileSync(file);
    parts.set(name, createHash('sha256').update(code).digest('hex'));
    for (const specifier of importsOf(file, code.toString())) {
      const imported = resolveImport(specifier, file);
      if (imported === undefined) continue;
      if (imported.includes(NODE_MODULES)) parts.set(specifier, packageVersion(imported));
      else waiting.push(imported);
    }
  }
  const hash = createHash('sha256');
  for (const [name, part] of [...parts].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${name}\0${part}\n`);
  return hash.digest('hex');
}

function importsOf(file: string, code: string): string[] {
  if (!/\.m?js$/.test(file)) return [];
  return parse(code, file)[0].flatMap(({ n }) => (n === undefined ? [] : [n]));
}

/** The file of an import; undefined of Node's own, of Tandem's, whose version is compared by itself, and of what is not there. */
function resolveImport(specifier: string, from: string): string | undefined {
  if (isBuiltin(specifier) || specifier.startsWith('@tandem/')) return undefined;
  try {
    if (specifier.startsWith('file:')) return realpathSync(fileURLToPath(specifier));
    if (/^\.{0,2}\//.test(specifier)) return realpathSync(resolve(dirname(from), specifier));
    return realpathSync(createRequire(from).resolve(specifier));
  } catch {
    // The import itself says what is wrong with it.
    return undefined;
  }
}

/** `name@version` of the package that an installed file is of. */
function packageVersion(file: string): string {
  for (let folder = dirname(file); folder.includes(NODE_MODULES); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) continue;
    const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string; version?: string };
    if (name !== undefined && version !== undefined) return `${name}@${version}`;
  }
  return 'unknown';
}
