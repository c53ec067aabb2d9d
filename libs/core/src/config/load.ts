import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { isMap, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigurationError, describeError } from '../errors.js';
import { type RunConfig, runConfigSchema } from './schema.js';

export interface LoadConfigOptions {
  /** `key.path=value` settings, applied in order over the file; a value is read as YAML. */
  readonly overrides?: readonly string[];
}

/**
 * Reads, overrides and checks a configuration file. Relative data paths are taken from the working directory first and
 * from the file's folder otherwise. Throws a ConfigurationError that names the key.
 */
export function loadConfig(file: string, options: LoadConfigOptions = {}): RunConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigurationError({
      code: 'TANDEM_CONFIG_UNREADABLE',
      what: 'the configuration file cannot be read',
      where: file,
      expected: 'a YAML file',
      remedy: 'Check the path given with --config.',
      cause,
    });
  }
  return parseConfig(text, { file, ...options });
}

export function parseConfig(text: string, options: LoadConfigOptions & { readonly file?: string } = {}): RunConfig {
  const file = options.file ?? 'configuration';
  const document = parseDocument(text, { lineCounter: new LineCounter() });
  const [syntax] = document.errors;
  if (syntax !== undefined || !(document.contents === null || isMap(document.contents)))
    throw new ConfigurationError({
      code: 'TANDEM_CONFIG_SYNTAX',
      what: syntax === undefined ? 'the file is not a mapping of keys' : describeError(syntax).split('\n')[0]!,
      where: file,
      expected: 'YAML such as `training: { globalBatch: 64 }`',
    });
  const raw = (document.toJS() ?? {}) as Record<string, unknown>;
  for (const override of options.overrides ?? []) applyOverride(raw, override);
  return checkConfig(raw, file);
}

/** Checks a plain object against the schema. */
export function checkConfig(raw: unknown, file = 'configuration'): RunConfig {
  const checked = runConfigSchema.safeParse(raw);
  if (!checked.success) throw configError(checked.error.issues, raw, file);
  return checked.data;
}

function applyOverride(raw: Record<string, unknown>, override: string): void {
  const equals = override.indexOf('=');
  if (equals < 1)
    throw new ConfigurationError({
      code: 'TANDEM_CONFIG_OVERRIDE',
      what: `"${override}" is not a setting`,
      where: '--set',
      expected: 'key.path=value, such as optimizer.learningRate=0.02',
    });
  const path = override.slice(0, equals).split('.');
  const value: unknown = parseDocument(override.slice(equals + 1)).toJS();
  let target = raw;
  for (const key of path.slice(0, -1)) {
    if (typeof target[key] !== 'object' || target[key] === null) target[key] = {};
    target = target[key] as Record<string, unknown>;
  }
  target[path.at(-1)!] = value;
}

function configError(issues: readonly z.core.$ZodIssue[], raw: unknown, file: string): ConfigurationError {
  const issue = issues[0]!;
  const path = issue.path.join('.');
  const more = issues.length > 1 ? ` There are ${issues.length - 1} more faults in this file.` : '';
  if (issue.code === 'unrecognized_keys') {
    const key = [...issue.path, issue.keys[0]].join('.');
    return new ConfigurationError({
      code: 'TANDEM_CONFIG_UNKNOWN_KEY',
      what: `unknown key ${key}`,
      where: file,
      expected: `one of ${knownKeys(issue.path as string[]).join(', ')}`,
      remedy: `Remove it or correct its name.${more}`,
      context: { key },
    });
  }
  const got = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key as string],
    raw,
  );
  return new ConfigurationError({
    code: 'TANDEM_CONFIG_VALUE',
    what: got === undefined ? `${path} is missing` : `${path} is ${JSON.stringify(got)}`,
    where: file,
    expected: issue.message.replace(/^Invalid (input|option): /, '').replace(/^expected /, ''),
    remedy: `See docs/configuration.md.${more}`,
    context: { key: path },
  });
}

/** The keys that the schema knows at `path`. */
function knownKeys(path: readonly string[]): string[] {
  let node: unknown = runConfigSchema;
  for (const key of path) node = (shapeOf(node) ?? {})[key];
  return Object.keys(shapeOf(node) ?? {});
}

/** The shape of the object schema under its wrappers (readonly, default, prefault, optional); of a union, all its objects'. */
function shapeOf(node: unknown): Record<string, unknown> | undefined {
  type Schema = { shape?: Record<string, unknown>; def?: { innerType?: unknown; options?: readonly unknown[] } };
  let current = node as Schema | undefined;
  while (current !== undefined && current.shape === undefined && current.def?.options === undefined)
    current = current.def?.innerType as Schema | undefined;
  const options = current?.def?.options;
  return options === undefined
    ? current?.shape
    : (Object.assign({}, ...options.map((option) => shapeOf(option) ?? {})) as Record<string, unknown>);
}

/** `path` if it exists from the working directory or is absolute; else the same beside the configuration file. */
export function resolveDataPath(
  path: string,
  configFile: string | undefined,
  exists: (path: string) => boolean,
): string {
  const here = resolve(path);
  if (isAbsolute(path) || configFile === undefined || exists(here)) return here;
  const beside = resolve(dirname(configFile), path);
  return exists(beside) ? beside : here;
}
