import type { ErrorDetails } from '../errors.js';
import { configFaults } from './config-faults.js';
import { ConfigSource } from './config-source.js';
import { type RunConfig, runConfigSchema } from './schema.js';

export interface InspectedConfig {
  /** Undefined: it has faults. */
  readonly config: RunConfig | undefined;
  /** All that were found: of the YAML, else of keys and values, else of values that do not go together. */
  readonly faults: readonly ErrorDetails[];
  readonly source: ConfigSource;
}

/** Reads a configuration for a person who wants to know all about it. Throws a ConfigurationError (`TANDEM_CONFIG_OVERRIDE`). */
export function inspectConfig(
  text: string,
  { file = 'configuration', overrides = [] }: { readonly file?: string; readonly overrides?: readonly string[] } = {},
): InspectedConfig {
  const source = new ConfigSource(text, file, overrides);
  if (source.syntaxFaults.length > 0) return { config: undefined, faults: source.syntaxFaults, source };
  const { success, data, error } = runConfigSchema.safeParse(source.raw);
  if (success) return { config: data, faults: [], source };
  const faults = configFaults(error.issues, source.raw, (path, at) => source.describePlace(path, at));
  return { config: undefined, faults, source };
}
