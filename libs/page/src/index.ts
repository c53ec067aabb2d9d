export { type Asset, pageAssets } from './assets.js';
export * from './shared/limits.js';
export { levels } from './shared/log-filter.js';
export type * from './shared/protocol.js';
export { thinned } from './shared/thinned.js';
