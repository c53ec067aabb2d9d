export { runWorker } from './main.js';
export type { WorkerOptions } from './options.js';
