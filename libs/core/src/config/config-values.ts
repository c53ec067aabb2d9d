import type { ConfigOrigin, ConfigSource } from './config-source.js';
import { knownKeys } from './schema-keys.js';
import type { RunConfig } from './schema.js';

/** One value of a configuration; lists are one value. */
export interface ConfigValue {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly origin: ConfigOrigin;
}

/** Every value that a run would have, in the schema's order, and where it comes from. */
export function configValues(config: RunConfig, source: ConfigSource): ConfigValue[] {
  return leaves(config, []).map(({ path, value }) => ({ path, value, origin: source.originOf(path) }));
}

/** Keys that have no value yet: each stands for what docs/configuration.md gives as its default. */
export function openKeys(config: RunConfig): string[] {
  return Object.entries(config).flatMap(([section, values]) =>
    knownKeys([section])
      .filter((key) => (values as Record<string, unknown>)[key] === undefined)
      .map((key) => `${section}.${key}`),
  );
}

function leaves(value: unknown, path: readonly string[]): Omit<ConfigValue, 'origin'>[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}
