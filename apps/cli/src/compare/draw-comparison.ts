import * as echarts from 'echarts';
import type { ComparedRun } from './compared-runs.js';
import { type Axis, axisOf, evaluationPoints, lossPoints, type Points, ratePoints } from './curve-points.js';

/** Okabe and Ito's, which most colour-blind people can tell apart, without their yellow: it is pale on white. */
const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#56B4E9', '#E69F00', '#000000'];
/** Runs beyond the colours take them again, dashed. */
const LINES = ['solid', 'dashed', 'dotted'] as const;
const TEXT = '#333';
const SIZE = { width: 1080, height: 720 };
const PANEL = { width: 440, height: 220, left: 70, top: 100, pitchX: 530, pitchY: 310 };

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
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...SIZE });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#fff',
      color: COLOURS,
      textStyle: { fontFamily: 'sans-serif', color: TEXT },
      title: { text: title, left: 'center', top: 8, textStyle: { color: TEXT, fontSize: 16 } },
      legend: { top: 38, itemGap: 24, data: runs.map(({ label }) => label), textStyle: { color: TEXT } },
      grid: panels.map((_, panel) => ({
        left: PANEL.left + PANEL.pitchX * (panel % 2),
        top: PANEL.top + PANEL.pitchY * Math.floor(panel / 2),
        ...{ width: PANEL.width, height: PANEL.height },
      })),
      xAxis: panels.map((_, gridIndex) => ({
        ...{ gridIndex, type: 'value', min: 0, nameLocation: 'middle', nameGap: 28, splitLine: { show: false } },
        name: axis === 'step' ? 'step' : 'images trained on',
      })),
      yAxis: panels.map(({ title: name }, gridIndex) => ({
        ...{ gridIndex, type: 'value', name, nameLocation: 'end', scale: true },
        nameTextStyle: { align: 'left', padding: [0, 0, 0, -40] },
      })),
      series: panels.flatMap(({ points }, panel) =>
        runs.map(({ label, metrics }, run) => {
          const data = points(metrics, axis).map((point) => [...point]);
          return {
            ...{ type: 'line', name: label, xAxisIndex: panel, yAxisIndex: panel, data },
            // One point alone makes no line.
            showSymbol: data.length < 3,
            itemStyle: { color: COLOURS[run % COLOURS.length]! },
            lineStyle: { width: 2, type: LINES[Math.floor(run / COLOURS.length) % LINES.length]! },
          };
        }),
      ),
    });
    return `${chart.renderToSVGString()}\n`;
  } finally {
    chart.dispose();
  }
}
