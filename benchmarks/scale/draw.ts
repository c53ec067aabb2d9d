import * as echarts from 'echarts';
import { linkSpeeds, type ProjectionRow, speeds, ways, worlds } from './projection.js';

// Okabe and Ito's colours, which most colour-blind people can tell apart.
const COLOURS = ['#0072B2', '#009E73', '#D55E00', '#CC79A7', '#999999'];
const SIZE = { width: 1080, height: 640 };
const PANEL = { width: 290, height: 190, pitchX: 350, pitchY: 275, left: 60, top: 100 };
const TEXT = '#333';

/** Efficiency by world size as SVG text: a panel for each link, a row of them for each speed of a worker. */
export function drawEfficiency(rows: readonly ProjectionRow[]): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...SIZE });
  const panels = speeds.flatMap((speed, row) => linkSpeeds.map((link, column) => ({ speed, link, row, column })));
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#fff',
      color: COLOURS,
      textStyle: { fontFamily: 'sans-serif', color: TEXT },
      title: [
        {
          text: 'Paper’s AlexNet, 32 images a worker: efficiency against one worker, by the model',
          ...{ left: 'center', top: 8, textStyle: { color: TEXT, fontSize: 16 } },
        },
        ...panels.map(({ speed, link, row, column }) => ({
          text: `${link} Gbit/s, ${speed === 1 ? 'a worker as measured' : `a worker ${speed} times as fast`}`,
          left: PANEL.left + PANEL.pitchX * column,
          top: PANEL.top - 30 + PANEL.pitchY * row,
          textStyle: { color: TEXT, fontSize: 13, fontWeight: 'normal' as const },
        })),
      ],
      legend: { top: 36, itemGap: 24, data: ways.map(({ name }) => name), textStyle: { color: TEXT } },
      grid: panels.map(({ row, column }) => ({
        left: PANEL.left + PANEL.pitchX * column,
        top: PANEL.top + PANEL.pitchY * row,
        ...{ width: PANEL.width, height: PANEL.height },
      })),
      xAxis: panels.map((_, gridIndex) => ({
        ...{ gridIndex, type: 'category' as const, data: worlds.map(String), boundaryGap: false },
        ...{ name: 'workers', nameLocation: 'middle' as const, nameGap: 26 },
        axisLabel: { interval: 0, fontSize: 10 },
      })),
      yAxis: panels.map((_, gridIndex) => ({ gridIndex, type: 'value' as const, min: 0, max: 1 })),
      series: panels.flatMap(({ speed, link }, panel) =>
        ways.map(({ name }, way) => ({
          ...{ type: 'line' as const, name, xAxisIndex: panel, yAxisIndex: panel, symbolSize: 4 },
          lineStyle: { width: 2, type: name === 'all-reduce' ? ('dashed' as const) : ('solid' as const) },
          itemStyle: { color: COLOURS[way]! },
          data: rows
            .filter((row) => row.way === name && row.speed === speed && row.gigabitsPerSecond === link)
            .map(({ efficiency }) => efficiency),
        })),
      ),
    });
    return `${chart.renderToSVGString()}\n`;
  } finally {
    chart.dispose();
  }
}
