import { drawLineCharts, type Line, lineStyle } from '@tandem/charts';
import { type ArmMetrics, epochLosses, mean } from './metrics.js';

export interface Curves {
  readonly title: string;
  readonly arms: readonly { readonly label: string }[];
}

type Points = readonly (readonly [epoch: number, value: number])[];

const panels: readonly { readonly title: string; readonly points: (run: ArmMetrics) => Points }[] = [
  { title: 'training loss', points: (run) => epochLosses(run).map((loss, epoch) => [epoch + 1, loss]) },
  {
    title: 'evaluation top-1 error, %',
    points: ({ evaluations }) => evaluations.map(({ epoch, error }) => [epoch, 100 * error]),
  },
  { title: 'evaluation loss', points: ({ evaluations }) => evaluations.map(({ epoch, loss }) => [epoch, loss]) },
];

/**
 * Training loss, evaluation error and evaluation loss by epoch as SVG text: each seed a thin line, the mean of an arm's seeds a thick one.
 * `runs`: of each arm, in their order, a run for each seed.
 */
export function drawCurves({ title, arms }: Curves, runs: readonly (readonly ArmMetrics[])[]): string {
  return drawLineCharts({
    title,
    size: { width: 1080, height: 360 },
    grid: { columns: panels.length, left: 50, top: 92, width: 290, height: 216, pitchX: 355, pitchY: 0 },
    legend: arms.map(({ label }) => label),
    panels: panels.map(({ title: of }) => ({ title: of, x: { name: 'epoch' } })),
    lines: panels.flatMap(({ points }, panel) =>
      runs.flatMap((ofArm, arm) =>
        linesOf(ofArm.map(points), arms[arm]!.label).map((line) => ({ ...lineStyle(arm), panel, ...line })),
      ),
    ),
  });
}

function linesOf(seeds: readonly Points[], name: string): readonly Omit<Line, 'panel' | 'colour' | 'dash'>[] {
  const averages = seeds[0]!.map(([epoch], at) => [epoch, mean(seeds.map((points) => points[at]![1]))] as const);
  return [
    ...seeds.map((data) => ({ data, width: 1, opacity: 0.35, marked: false })),
    { name, data: averages, width: 2.5, marked: false },
  ];
}
