import { collectDefaultMetrics, type Registry } from 'prom-client';

/** Gauges with a counter's name, which Prometheus' own linter refuses. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Of the process, by the names that all clients of Prometheus give them; those of Node's are of the thread that asks. */
export function addProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);
}
