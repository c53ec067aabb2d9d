import * as echarts from 'echarts';
import { type ArmMetrics, epochLosses, mean } from './metrics.js';

// Okabe and Ito's colours, which most colour-blind people can tell apart.
const COLOURS = ['#0072B2', '#D55E00', '#009E73'];
const SIZE = { width: 1080, height: 360 };
const PANEL_WIDTH = 290;
const PANEL_PITCH = 355;
const TEXT = '#333';

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
export function drawCurves(ablation: Curves, runs: readonly (readonly ArmMetrics[])[]): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...SIZE });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#fff',
      color: COLOURS,
      textStyle: { fontFamily: 'sans-serif', color: TEXT },
      title: { text: ablation.title, left: 'center', top: 8, textStyle: { color: TEXT, fontSize: 16 } },
      legend: { top: 34, itemGap: 24, data: ablation.arms.map(({ label }) => label), textStyle: { color: TEXT } },
      grid: panels.map((_, panel) => ({ left: 50 + PANEL_PITCH * panel, width: PANEL_WIDTH, top: 92, bottom: 52 })),
      xAxis: panels.map((_, gridIndex) => ({
        ...{ gridIndex, type: 'value', min: 0, name: 'epoch', nameLocation: 'middle', nameGap: 28 },
        splitLine: { show: false },
      })),
      yAxis: panels.map(({ title }, gridIndex) => ({
        ...{ gridIndex, type: 'value', name: title, nameLocation: 'end', scale: true },
        nameTextStyle: { align: 'left', padding: [0, 0, 0, -32] },
      })),
      series: panels.flatMap(({ points }, grid) =>
        runs.flatMap((ofArm, arm) => curvesOf(ofArm.map(points), ablation.arms[arm]!.label, grid, COLOURS[arm]!)),
      ),
    });
    return `${chart.renderToSVGString()}\n`;
  } finally {
    chart.dispose();
  }
}

function curvesOf(ofArm: readonly Points[], name: string, grid: number, color: string) {
  const common = { type: 'line', xAxisIndex: grid, yAxisIndex: grid, showSymbol: false, itemStyle: { color } } as const;
  const averages = ofArm[0]!.map(([epoch], at) => [epoch, mean(ofArm.map((points) => points[at]![1]))]);
  return [
    ...ofArm.map((data) => ({ ...common, data, lineStyle: { color, width: 1, opacity: 0.35 } })),
    { ...common, name, data: averages, lineStyle: { color, width: 2.5 } },
  ];
}
