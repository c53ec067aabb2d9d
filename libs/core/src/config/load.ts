import { readFileSync } from 'node:fs';
import { ConfigurationError, type ErrorDetails } from '../errors.js';
import { configFaults } from './config-faults.js';
import { inspectConfig } from './inspect.js';
import { type RunConfig, runConfigSchema } from './schema.js';

export interface LoadConfigOptions {
  /** `key.path=value` settings, applied in order over the file; a value is read as YAML. */
  readonly overrides?: readonly string[];
}

/**
 * Reads, overrides and checks a configuration file. Relative data paths are taken from the working directory first and
 * from the file's folder otherwise. Throws a ConfigurationError that names the key and where it stands.
 */
export function loadConfig(file: string, options: LoadConfigOptions = {}): RunConfig {
  return parseConfig(readConfigFile(file), { file, ...options });
}

/** Throws a ConfigurationError (`TANDEM_CONFIG_UNREADABLE`). */
export function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigurationError({
      code: 'TANDEM_CONFIG_UNREADABLE',
      what: 'the configuration file cannot be read',
      where: file,
      expected: 'a YAML file',
      remedy: 'Check its path.',
      cause,
    });
  }
}

export function parseConfig(text: string, options: LoadConfigOptions & { readonly file?: string } = {}): RunConfig {
  const { config, faults } = inspectConfig(text, options);
  if (config === undefined) throw firstOf(faults);
  return config;
}

/** Checks a plain object against the schema. */
export function checkConfig(raw: unknown, file = 'configuration'): RunConfig {
  const checked = runConfigSchema.safeParse(raw);
  if (!checked.success) throw firstOf(configFaults(checked.error.issues, raw, () => file));
  return checked.data;
}

function firstOf(faults: readonly ErrorDetails[]): ConfigurationError {
  const { remedy, ...first } = faults[0]!;
  const more =
    faults.length > 1 ? `There are ${faults.length - 1} more faults; \`tandem config check\` lists them all.` : '';
  return new ConfigurationError({ ...first, remedy: [remedy, more].filter(Boolean).join(' ') });
}
