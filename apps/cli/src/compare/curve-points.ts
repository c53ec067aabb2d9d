import type { RunMetrics } from '../runs/run-metrics.js';

export type Points = readonly (readonly [x: number, y: number])[];

/** What a curve is drawn over: steps, or where runs have other global batches, the images that they have trained on. */
export type Axis = 'step' | 'images';

/** As many points as a panel is wide: more cannot be seen. */
const MOST_POINTS = 300;

export function axisOf(runs: readonly RunMetrics[]): Axis {
  const sizes = runs.flatMap(({ steps }) => (steps.length === 0 ? [] : [steps[0]!.samples]));
  return new Set(sizes).size > 1 ? 'images' : 'step';
}

/** The mean loss of each of at most MOST_POINTS stretches of steps. */
export function lossPoints(metrics: RunMetrics, axis: Axis): Points {
  return stretches(metrics, axis, ({ loss }) => loss);
}

export function ratePoints(metrics: RunMetrics, axis: Axis): Points {
  return stretches(metrics, axis, ({ imagesPerSecond }) => imagesPerSecond);
}

export function evaluationPoints(
  metrics: RunMetrics,
  axis: Axis,
  value: (evaluation: RunMetrics['evaluations'][number]) => number,
): Points {
  const at = placesOf(metrics, axis);
  return metrics.evaluations.map((evaluation) => [at.get(evaluation.step) ?? evaluation.step, value(evaluation)]);
}

function stretches(
  metrics: RunMetrics,
  axis: Axis,
  value: (step: RunMetrics['steps'][number]) => number | null,
): Points {
  const at = placesOf(metrics, axis);
  const { steps } = metrics;
  const length = Math.max(1, Math.ceil(steps.length / MOST_POINTS));
  const points: [number, number][] = [];
  for (let start = 0; start < steps.length; start += length) {
    const stretch = steps.slice(start, start + length);
    const values = stretch.map(value).filter((each) => each !== null);
    if (values.length === 0) continue;
    points.push([at.get(stretch.at(-1)!.step)!, values.reduce((sum, each) => sum + each, 0) / values.length]);
  }
  return points;
}

function placesOf({ steps }: RunMetrics, axis: Axis): ReadonlyMap<number, number> {
  let images = 0;
  return new Map(steps.map(({ step, samples }) => [step, axis === 'step' ? step : (images += samples)]));
}
