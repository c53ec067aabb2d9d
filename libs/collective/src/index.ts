export * from './add-float32.js';
export * from './all-reduce.js';
export * from './bucket-plan.js';
export * from './create-all-reduce.js';
export * from './dense-exchange.js';
export * from './fold-tree.js';
export * from './in-memory-transport.js';
export * from './local-partials.js';
export type { Frame, Transport } from './transport.js';
