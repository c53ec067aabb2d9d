import { clock, count } from '../shared/format.js';
import { type LogFilter, passes } from '../shared/log-filter.js';
import type { LogRow } from '../shared/protocol.js';
import { byId, make, setText } from './elements.js';
import type { Frames } from './frames.js';
import type { RunData } from './run-data.js';

/** So near to the end of the log it follows what comes. */
const AT_END_PX = 30;

/** Lines that are added in one frame. */
const AT_ONCE = 200;

/** The tail of the cluster's log, with its filters. */
export class LogView {
  readonly #list = byId<HTMLOListElement>('log');
  readonly #scroll = byId('log-scroll');
  readonly #level = byId<HTMLSelectElement>('log-level');
  readonly #rank = byId<HTMLSelectElement>('log-rank');
  readonly #text = byId<HTMLInputElement>('log-text');
  readonly #data: RunData;
  readonly #frames: Frames;
  readonly #items = new Map<LogRow, HTMLElement>();

  constructor(data: RunData, frames: Frames) {
    this.#data = data;
    this.#frames = frames;
    for (const control of [this.#level, this.#rank]) control.addEventListener('change', () => this.#filter());
    this.#text.addEventListener('input', () => this.#filter());
  }

  /** To be called in a frame of its own. Of many new lines some are added now, and the rest in frames to come. */
  readonly show = () => {
    const rows = this.#data.log;
    const follows = this.#scroll.scrollHeight - this.#scroll.scrollTop - this.#scroll.clientHeight < AT_END_PX;
    const kept = new Set(rows);
    for (const [row, item] of this.#items)
      if (!kept.has(row)) {
        item.remove();
        this.#items.delete(row);
      }
    const fresh = rows.filter((row) => !this.#items.has(row));
    const now = fresh.slice(0, AT_ONCE);
    for (const row of now) this.#items.set(row, itemOf(row));
    this.#list.append(...now.map((row) => this.#items.get(row)!));
    this.#offerRanks(now);
    this.#filter();
    if (follows) this.#scroll.scrollTop = this.#scroll.scrollHeight;
    if (fresh.length > now.length) this.#frames.draw(this.show);
  };

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
    setText(byId('log-count'), `${count(seen)} of ${count(this.#items.size)} lines`);
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
