import { clock, count } from '../shared/format.js';
import type { Mark, MarkKind } from '../shared/protocol.js';
import { byId, make } from './elements.js';

const GLYPHS: Readonly<Record<MarkKind, string>> = { joined: '+', lost: '×', generation: 'G' };

/** The marks of the curves as a list, the newest first. */
export function showMarks(marks: readonly Mark[]): void {
  const rows = marks.map(({ kind, step, timeMs, text }) => {
    const glyph = make('span', `glyph ${kind}`, GLYPHS[kind]);
    // Its text says it.
    glyph.setAttribute('aria-hidden', 'true');
    const when = `step ${count(step)}`;
    const time = timeMs === null ? '' : clock(timeMs);
    return make('li', '', glyph, make('span', 'when', `${time} ${when}`.trim()), make('span', '', text));
  });
  byId('marks').replaceChildren(...(rows.length === 0 ? [make('li', '', 'Nobody came or went yet.')] : rows.reverse()));
}
