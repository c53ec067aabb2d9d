import * as echarts from 'echarts';
import { COLOURS, type LineStyle } from './line-style.js';

const TEXT = '#333';

export interface Panel {
  /** Above it. */
  readonly title: string;
  /** Of the axis along the bottom. */
  readonly x: {
    readonly name: string;
    /** What there is along it. Default: numbers from 0. */
    readonly categories?: readonly string[];
  };
  /** Default: as far as the lines go. */
  readonly y?: { readonly min: number; readonly max: number };
}

export interface Line extends LineStyle {
  /** Index into the panels. */
  readonly panel: number;
  /** What the legend calls it; lines of one name are switched together. Default: it is not in the legend. */
  readonly name?: string;
  /** [x, y], or y of each category. */
  readonly data: readonly (readonly [x: number, y: number])[] | readonly number[];
  /** Default: 2. */
  readonly width?: number;
  /** Default: 1. */
  readonly opacity?: number;
  /** Whether its points are marked. Default: where it has so few that they make no line. */
  readonly marked?: boolean;
}

/** Lengths in pixels. */
export interface LineCharts {
  readonly title: string;
  readonly size: { readonly width: number; readonly height: number };
  /** Where the first panel is, how large each is, and how far from one to the next. */
  readonly grid: {
    readonly columns: number;
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
    readonly pitchX: number;
    readonly pitchY: number;
  };
  /** Names of lines, in order. */
  readonly legend: readonly string[];
  readonly panels: readonly Panel[];
  readonly lines: readonly Line[];
}

/** Lines in panels beside each other, as SVG text. */
export function drawLineCharts({ title, size, grid, legend, panels, lines }: LineCharts): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  const { columns, left, top, width, height, pitchX, pitchY } = grid;
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#fff',
      color: [...COLOURS],
      textStyle: { fontFamily: 'sans-serif', color: TEXT },
      title: { text: title, left: 'center', top: 8, textStyle: { color: TEXT, fontSize: 16 } },
      legend: { top: 36, itemGap: 24, data: [...legend], textStyle: { color: TEXT } },
      grid: panels.map((_, at) => ({
        ...{ left: left + pitchX * (at % columns), top: top + pitchY * Math.floor(at / columns), width, height },
      })),
      xAxis: panels.map(({ x: { name, categories } }, gridIndex) => ({
        ...{ gridIndex, name, nameLocation: 'middle' as const, nameGap: 28 },
        ...(categories === undefined
          ? { type: 'value' as const, min: 0, splitLine: { show: false } }
          : {
              type: 'category' as const,
              ...{ data: [...categories], boundaryGap: false, axisLabel: { interval: 0, fontSize: 10 } },
            }),
      })),
      yAxis: panels.map(({ title: name, y }, gridIndex) => ({
        ...{ gridIndex, type: 'value' as const, name, nameLocation: 'end' as const },
        nameTextStyle: { align: 'left' as const, padding: [0, 0, 0, -40] },
        ...(y ?? { scale: true }),
      })),
      series: lines.map(({ panel, name, data, colour, dash, width: thickness = 2, opacity = 1, marked }) => ({
        ...{ type: 'line' as const, xAxisIndex: panel, yAxisIndex: panel, symbolSize: 4 },
        ...(name !== undefined && { name }),
        data: data.map((point) => (typeof point === 'number' ? point : [...point])),
        showSymbol: marked ?? data.length < 3,
        itemStyle: { color: colour },
        lineStyle: { color: colour, width: thickness, type: dash, opacity },
      })),
    });
    return `${chart.renderToSVGString()}\n`;
  } finally {
    chart.dispose();
  }
}
