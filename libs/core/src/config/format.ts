import { stringify } from 'yaml';
import type { RunConfig } from './schema.js';

/** The configuration as a file that `loadConfig` reads back to the same. */
export function formatConfig(config: RunConfig): string {
  return stringify(config, { collectionStyle: 'block', lineWidth: 0 });
}
