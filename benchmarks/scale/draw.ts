import { drawLineCharts, lineStyle } from '@tandem/charts';
import { linkSpeeds, type ProjectionRow, speeds, ways, worlds } from './projection.js';

/** Efficiency by world size as SVG text: a panel for each link, a row of them for each speed of a worker. */
export function drawEfficiency(rows: readonly ProjectionRow[]): string {
  const panels = speeds.flatMap((speed) => linkSpeeds.map((link) => ({ speed, link })));
  return drawLineCharts({
    title: 'Paper’s AlexNet, 32 images a worker: efficiency against one worker, by the model',
    size: { width: 1080, height: 640 },
    grid: { columns: linkSpeeds.length, left: 60, top: 100, width: 290, height: 190, pitchX: 350, pitchY: 275 },
    legend: ways.map(({ name }) => name),
    panels: panels.map(({ speed, link }) => ({
      title: `${link} Gbit/s, ${speed === 1 ? 'a worker as measured' : `a worker ${speed} times as fast`}`,
      x: { name: 'workers', categories: worlds.map(String) },
      y: { min: 0, max: 1 },
    })),
    lines: panels.flatMap(({ speed, link }, panel) =>
      ways.map(({ name }, way) => ({
        ...{ ...lineStyle(way), dash: name === 'all-reduce' ? ('dashed' as const) : ('solid' as const) },
        ...{ panel, name, marked: true },
        data: rows
          .filter((row) => row.way === name && row.speed === speed && row.gigabitsPerSecond === link)
          .map(({ efficiency }) => efficiency),
      })),
    ),
  });
}
