import { formatDuration, formatLoss, formatRate } from '@tandem/observability';
import type { ClusterStatus } from '@tandem/rpc';
import { cut, fit, widthOf } from './cells.js';
import { eventLine } from './event-lines.js';
import { type Paint, plain } from './paint.js';
import { rankTable, type RankRow } from './rank-table.js';
import { sparkline } from './sparkline.js';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export interface StatusScreenOptions extends ScreenSize {
  readonly paint?: Paint;
  /** Of the coordinator. */
  readonly address: string;
  /** The first of the workers that is shown, where there is no room for all. */
  readonly first?: number;
  /** What is wrong now: the coordinator does not answer. */
  readonly trouble?: string | undefined;
}

const STATE_STYLES: Readonly<Record<string, 'green' | 'red' | 'yellow'>> = {
  training: 'green',
  finished: 'green',
  failed: 'red',
  paused: 'yellow',
  stopping: 'yellow',
};

const LEAST_EVENTS = 5;

/** A run as it fills a terminal: not more lines than it has rows, none wider than it is. */
export function statusScreen(status: ClusterStatus, options: StatusScreenOptions): string[] {
  const { columns, rows, paint = plain, trouble } = options;
  const { eventRoom, tableRoom } = layOut(status, options);
  const events = status.detail?.events ?? [];
  const lines = [
    title(status, options),
    progressLine(status, columns, paint),
    ...lossLines(status, columns, paint),
    '',
    ...(status.members.length === 0
      ? [cut('no worker has joined yet', columns)]
      : tableLines(status, tableRoom, options)),
    '',
    paint('dim', cut('events', columns)),
    ...events.slice(Math.max(0, events.length - eventRoom)).map((event) => eventLine(event, columns, paint)),
  ].slice(0, Math.max(0, rows - 1));
  while (lines.length < rows - 1) lines.push('');
  const foot =
    trouble === undefined ? paint('dim', cut(keysText(status), columns)) : paint('red', cut(trouble, columns));
  return [...lines, foot].slice(-rows);
}

/** How far `first` may go. */
export function lastFirst(status: ClusterStatus, size: ScreenSize): number {
  const { tableRoom } = layOut(status, size);
  const { length } = status.members;
  return length <= tableRoom ? 0 : length - roomOfMany(tableRoom);
}

/** Who gets the rows that are left: workers, but for the newest events. */
function layOut(
  { members, epoch, detail }: ClusterStatus,
  { rows }: ScreenSize,
): { eventRoom: number; tableRoom: number } {
  const head = epoch === 0 ? 3 : 4;
  // A line between two parts, the table's head, the events' title, and the last line.
  const room = Math.max(0, rows - head - 5);
  const least = Math.min(LEAST_EVENTS, Math.floor(room / 2), detail?.events.length ?? 0);
  const eventRoom = Math.max(least, room - members.length);
  return { eventRoom, tableRoom: room - eventRoom };
}

/** Workers that are shown where not all have room: a line says which, unless it would take the only one. */
function roomOfMany(tableRoom: number): number {
  return tableRoom > 1 ? tableRoom - 1 : tableRoom;
}

function title(
  { runId, state, generation }: ClusterStatus,
  { address, columns, paint = plain }: StatusScreenOptions,
): string {
  const left = `tandem · run ${runId.slice(0, 8)} · ${state} · generation ${generation}`;
  const space = columns - widthOf(left) - widthOf(address);
  const line = space > 0 ? `${left}${' '.repeat(space)}${address}` : cut(left, columns);
  const [before, after] = line.split(` ${state} `);
  if (after === undefined) return paint('bold', line);
  return `${paint('bold', before!)} ${paint(['bold', STATE_STYLES[state] ?? 'cyan'], state)} ${after}`;
}

function progressLine({ step, totalSteps, epoch, detail }: ClusterStatus, columns: number, paint: Paint): string {
  if (totalSteps === 0) return cut(step > 0 ? `after step ${step}` : 'the run has not started', columns);
  const done = Math.min(1, step / totalSteps);
  const before = `step ${step}/${totalSteps} `;
  const epochs = (detail?.epochs ?? 0) > 0 ? `/${detail!.epochs}` : '';
  const eta = (detail?.remainingMs ?? 0) > 0 ? ` · ETA ${formatDuration(detail!.remainingMs)}` : '';
  const after = ` ${Math.floor(100 * done)} %${epoch > 0 ? ` · epoch ${epoch}${epochs}` : ''}${eta}`;
  const cells = columns - widthOf(before) - widthOf(after);
  if (cells < 4) return cut(`${before.trimEnd()} ·${after}`, columns);
  const filled = Math.floor(done * cells);
  return `${before}${paint('cyan', '━'.repeat(filled))}${paint('dim', '─'.repeat(cells - filled))}${after}`;
}

function lossLines(
  { epoch, loss, imagesPerSecond, members, detail }: ClusterStatus,
  columns: number,
  paint: Paint,
): string[] {
  const workers = `${members.length} worker${members.length === 1 ? '' : 's'}`;
  if (epoch === 0) return [cut(workers, columns)];
  const rates = [`${formatRate(imagesPerSecond)} images/s`, workers].join(' · ');
  const text = `loss ${formatLoss(loss)} `;
  const losses = detail?.losses ?? [];
  const curve = sparkline(losses, columns - widthOf(text));
  return [cut(rates, columns), losses.length < 2 ? cut(text, columns) : `${cut(text, columns)}${paint('cyan', curve)}`];
}

function tableLines(
  { members, detail }: ClusterStatus,
  room: number,
  { columns, paint = plain, first = 0 }: StatusScreenOptions,
): string[] {
  const rows: RankRow[] = members.map((member, index) => {
    const times = detail?.times[index];
    return { member, times: times !== undefined && times.step > 0 ? times : undefined };
  });
  if (rows.length <= room) return rankTable(rows, columns, paint);
  const shown = roomOfMany(room);
  const start = Math.max(0, Math.min(first, rows.length - shown));
  const table = rankTable(rows.slice(start, start + shown), columns, paint);
  if (shown === room) return table;
  const which = `${start + 1} to ${start + shown} of ${rows.length} workers (↑ ↓ for the others)`;
  return [...table, paint('dim', fit(which, columns).trimEnd())];
}

function keysText({ members }: ClusterStatus): string {
  return members.length > 1 ? 'q quits · ↑ ↓ PgUp PgDn move among workers' : 'q quits';
}
