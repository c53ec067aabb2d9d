import { createRequire } from 'node:module';

/** Of this package, as its package.json says. */
export const TANDEM_VERSION: string = (
  createRequire(import.meta.url)('../package.json') as { readonly version: string }
).version;
