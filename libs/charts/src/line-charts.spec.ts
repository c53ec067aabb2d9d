import { describe, expect, it } from 'vitest';
import { drawLineCharts, type LineCharts } from './line-charts.js';
import { lineStyle } from './line-style.js';

const charts: LineCharts = {
  title: 'Two runs',
  size: { width: 600, height: 300 },
  grid: { columns: 2, left: 50, top: 90, width: 200, height: 150, pitchX: 280, pitchY: 0 },
  legend: ['a', 'b'],
  panels: [
    { title: 'loss', x: { name: 'step' } },
    { title: 'efficiency', x: { name: 'workers', categories: ['1', '2', '16'] }, y: { min: 0, max: 1 } },
  ],
  lines: [
    {
      ...lineStyle(0),
      panel: 0,
      name: 'a',
      data: [
        [0, 3],
        [1, 2],
        [2, 1],
      ],
    },
    {
      ...lineStyle(1),
      panel: 0,
      data: [
        [0, 2],
        [2, 1],
      ],
      width: 1,
      opacity: 0.35,
    },
    { ...lineStyle(7), panel: 1, name: 'b', data: [1, 0.9, 0.5], marked: true },
  ],
};

describe('drawLineCharts', () => {
  it('says what is drawn', () => {
    const svg = drawLineCharts(charts);
    expect(svg).toMatch(/^<svg width="600" height="300"/);
    for (const text of ['Two runs', 'loss', 'efficiency', 'step', 'workers', '>a<', '>b<', '>16<'])
      expect(svg).toContain(text);
  });

  it('draws every line in its own way', () => {
    const svg = drawLineCharts(charts);
    expect(svg).toMatch(/stroke="#D55E00"[^>]*stroke-opacity="0.35"/);
    expect(svg).toMatch(/stroke="#0072B2"[^>]*stroke-width="2"[^>]*stroke-dasharray/);
  });
});

describe('lineStyle', () => {
  it('tells things apart by colour, and by dashes when there are no more', () => {
    const styles = Array.from({ length: 21 }, (_, index) => JSON.stringify(lineStyle(index)));
    expect(new Set(styles)).toHaveLength(21);
    expect(lineStyle(7)).toEqual({ colour: '#0072B2', dash: 'dashed' });
  });
});
