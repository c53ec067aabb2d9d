import { clock, count } from '../shared/format.js';
import { type LogFilter, passes } from '../shared/log-filter.js';
import type { LogRow } from '../shared/protocol.js';
import { byId, make, setText } from './elements.js';

/** So near to the end of the log it follows what comes. */
const AT_END_PX = 30;

/** The tail of the cluster's log, with its filters. */
export class LogView {
  readonly #list = byId<HTMLOListElement>('log');
  readonly #scroll = byId('log-scroll');
  readonly #level = byId<HTMLSelectElement>('log-level');
  readonly #rank = byId<HTMLSelectElement>('log-rank');
  readonly #text = byId<HTMLInputElement>('log-text');
  readonly #items = new Map<LogRow, HTMLElement>();
  #rows: readonly LogRow[] = [];

  constructor() {
    for (const control of [this.#level, this.#rank]) control.addEventListener('change', () => this.#filter());
    this.#text.addEventListener('input', () => this.#filter());
  }

  /** `rows` are those from before, of which the first may be gone, and new ones; or all are others. */
  show(rows: readonly LogRow[]): void {
    const follows = this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight < AT_END_PX;
    this.#rows = rows;
    const kept = new Set(rows);
    for (const [row, item] of this.#items)
      if (!kept.has(row)) {
        item.remove();
        this.#items.delete(row);
      }
    const fresh = rows.filter((row) => !this.#items.has(row));
    for (const row of fresh) this.#items.set(row, itemOf(row));
    this.#list.append(...fresh.map((row) => this.#items.get(row)!));
    this.#offerRanks(fresh);
    this.#filter();
    if (follows) this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }

  #filter(): void {
    const { value: from } = this.#rank;
    const filter: LogFilter = {
      level: this.#level.value,
      from: from === '' ? undefined : from === 'coordinator' ? from : Number(from),
      text: this.#text.value,
    };
    let seen = 0;
    for (const [row, item] of this.#items) {
      item.hidden = !passes(row, filter);
      if (!item.hidden) seen++;
    }
    setText(byId('log-count'), `${count(seen)} of ${count(this.#rows.length)} lines`);
  }

  #offerRanks(rows: readonly LogRow[]): void {
    const offered = new Set([...this.#rank.options].map(({ value }) => value));
    const ranks = new Set(rows.flatMap(({ rank }) => (rank === null || offered.has(`${rank}`) ? [] : [rank])));
    for (const rank of ranks) this.#rank.add(new Option(`rank ${rank}`, `${rank}`));
    const sorted = [...this.#rank.options].slice(2).sort((one, other) => Number(one.value) - Number(other.value));
    if (ranks.size > 0) this.#rank.append(...sorted);
  }
}

function itemOf({ timeMs, level, event, message, process, rank }: LogRow): HTMLElement {
  const time = make('time', '', clock(timeMs));
  time.dateTime = new Date(timeMs).toISOString();
  const who = rank === null || process === 'coordinator' ? process : `${process} (${rank})`;
  const item = make(
    'li',
    level,
    ...[time, make('span', 'level', level), make('span', 'process', who), make('span', 'message', message)],
  );
  item.title = event;
  return item;
}
