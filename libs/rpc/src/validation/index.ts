export * from './coordinator-message.js';
export * from './requests.js';
export * from './worker-message.js';
