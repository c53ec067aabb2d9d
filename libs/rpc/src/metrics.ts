// What counts for Prometheus, as `@tandem/rpc/metrics`: a process that nobody scrapes does not load its client.
export * from './watching/process-metrics.js';
export { WorkerMetrics } from './watching/worker-metrics.js';
