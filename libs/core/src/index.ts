export * from './config/load.js';
export * from './config/schema.js';
export * from './deferred.js';
export * from './errors.js';
export * from './micro-batches.js';
export * from './philox.js';
export * from './timeouts.js';
export * from './thread-entry.js';
