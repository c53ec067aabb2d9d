// What reads and checks a configuration, as `@tandem/core/config`: threads and libraries that are told one need no more than its types,
// which `@tandem/core` has, and load neither zod nor yaml.
export type { ConfigOrigin, ConfigSource } from './config-source.js';
export * from './config-values.js';
export * from './format.js';
export * from './inspect.js';
export * from './json-schema.js';
export * from './load.js';
export * from './schema.js';
