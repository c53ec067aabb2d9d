export * from './all-reduce.js';
export * from './bucket-plan.js';
export * from './fold-tree.js';
export * from './local-partials.js';
export type { Frame, Transport } from './transport.js';
