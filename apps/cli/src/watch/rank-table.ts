import { formatDuration, formatRate } from '@tandem/observability';
import type { MemberStatus, MemberTimes } from '@tandem/rpc';
import { fit, widthOf } from './cells.js';
import type { Paint } from './paint.js';

/** A member that was not heard of for so long is shown to be late. */
const LATE_MS = 3_000;

/** For a name, where there is hardly any room. */
const LEAST_COLUMNS = 4;

export interface RankRow {
  readonly member: MemberStatus;
  /** Undefined: it has done no step. */
  readonly times: MemberTimes | undefined;
}

interface Column {
  readonly title: string;
  /** 0: what its texts need, as far as there is room. */
  readonly width: number;
  readonly align: 'left' | 'right';
  readonly text: (row: RankRow) => string;
  /** Terminals that are narrower do without. */
  readonly from: number;
  readonly late?: true;
}

/** Of the time of the step. */
const share = (part: (times: MemberTimes) => number) => (row: RankRow) => {
  const { times } = row;
  if (times === undefined || times.stepMs === 0) return '–';
  return `${Math.round((100 * part(times)) / times.stepMs)}%`;
};

const COLUMNS: readonly Column[] = [
  { title: 'rank', width: 4, align: 'right', from: 0, text: ({ member }) => String(member.rank) },
  { title: 'worker', width: 0, align: 'left', from: 0, text: ({ member }) => member.name },
  { title: 'host', width: 0, align: 'left', from: 70, text: ({ member }) => member.host },
  { title: 'device', width: 6, align: 'left', from: 80, text: ({ member }) => member.device },
  { title: 'phase', width: 10, align: 'left', from: 30, text: ({ member }) => member.phase },
  { title: 'step', width: 7, align: 'right', from: 40, text: ({ member }) => String(member.step) },
  { title: 'heard', width: 5, align: 'right', from: 50, late: true, text: ({ member }) => age(member.heartbeatAgeMs) },
  { title: 'step ms', width: 7, align: 'right', from: 100, text: ({ times }) => milliseconds(times?.stepMs) },
  { title: 'data', width: 4, align: 'right', from: 64, text: share(({ dataMs }) => dataMs) },
  { title: 'comp', width: 4, align: 'right', from: 64, text: share(({ computeMs }) => computeMs) },
  { title: 'exch', width: 4, align: 'right', from: 64, text: share(({ exchangeMs }) => exchangeMs) },
  { title: 'upd', width: 4, align: 'right', from: 64, text: share(({ updateMs }) => updateMs) },
  { title: 'img/s', width: 5, align: 'right', from: 56, text: ({ times }) => rate(times?.imagesPerSecond) },
];

/** The lines of a table of workers, the head first, each as wide as the terminal at most. */
export function rankTable(rows: readonly RankRow[], columns: number, paint: Paint): string[] {
  const shown = COLUMNS.filter(({ from }) => columns >= from);
  const widths = shareOut(shown, rows, columns);
  const head = shown.map(({ title, align }, index) => fit(title, widths[index]!, align)).join(' ');
  return [paint('dim', fit(head, columns).trimEnd()), ...rows.map((row) => line(row, shown, widths, columns, paint))];
}

function line(
  row: RankRow,
  shown: readonly Column[],
  widths: readonly number[],
  columns: number,
  paint: Paint,
): string {
  const cells = shown.map(({ text, align, late }, index) => {
    const cell = fit(text(row), widths[index]!, align);
    return late && row.member.heartbeatAgeMs > LATE_MS ? paint('red', cell) : cell;
  });
  // Cells are as wide as they must be: only where not even they have room is something cut, and then nothing is painted.
  const needed = widths.reduce((sum, width) => sum + width + 1, -1);
  return needed > columns ? fit(cells.join(' '), columns) : cells.join(' ');
}

/** What columns of a given width leave is for the others: what each needs, and where there is less, alike. */
function shareOut(shown: readonly Column[], rows: readonly RankRow[], columns: number): number[] {
  const flexible = shown.filter(({ width }) => width === 0);
  const need = ({ title, text }: Column) => Math.max(widthOf(title), ...rows.map((row) => widthOf(text(row))));
  let left = columns - shown.reduce((sum, { width }) => sum + width + 1, -1);
  const widths = new Map<Column, number>();
  for (const [index, column] of flexible.toSorted((a, b) => need(a) - need(b)).entries()) {
    const width = Math.max(LEAST_COLUMNS, Math.min(need(column), Math.floor(left / (flexible.length - index))));
    widths.set(column, width);
    left -= width;
  }
  return shown.map((column) => widths.get(column) ?? column.width);
}

function age(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)}s` : formatDuration(ms).replace(' ', '');
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '–' : ms < 100 ? ms.toFixed(1) : String(Math.round(ms));
}

function rate(perSecond: number | undefined): string {
  return perSecond === undefined ? '–' : formatRate(perSecond);
}
