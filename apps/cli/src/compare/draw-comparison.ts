import { drawLineCharts, lineStyle } from '@tandem/charts';
import type { ComparedRun } from './compared-runs.js';
import { type Axis, axisOf, evaluationPoints, lossPoints, type Points, ratePoints } from './curve-points.js';

type Metrics = ComparedRun['metrics'];

const panels: readonly { readonly title: string; readonly points: (metrics: Metrics, axis: Axis) => Points }[] = [
  { title: 'training loss', points: lossPoints },
  {
    title: 'evaluation top-1 error, %',
    points: (metrics, axis) => evaluationPoints(metrics, axis, ({ top1 }) => 100 * top1),
  },
  { title: 'images/s', points: ratePoints },
  { title: 'evaluation loss', points: (metrics, axis) => evaluationPoints(metrics, axis, ({ loss }) => loss) },
];

/** The curves of runs beside each other, as SVG text. */
export function drawComparison(runs: readonly ComparedRun[], title: string): string {
  const axis = axisOf(runs.map(({ metrics }) => metrics));
  return drawLineCharts({
    title,
    size: { width: 1080, height: 720 },
    grid: { columns: 2, left: 70, top: 100, width: 440, height: 220, pitchX: 530, pitchY: 310 },
    legend: runs.map(({ label }) => label),
    panels: panels.map(({ title: of }) => ({ title: of, x: { name: axis === 'step' ? 'step' : 'images trained on' } })),
    lines: panels.flatMap(({ points }, panel) =>
      runs.map(({ label: name, metrics }, run) => ({ ...lineStyle(run), panel, name, data: points(metrics, axis) })),
    ),
  });
}
