export * from './channel-options.js';
export type * from './messages.js';
export * from './protocol.js';
