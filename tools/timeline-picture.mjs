import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

// Draws one step of a timeline as a picture: `node tools/timeline-picture.mjs --timeline look.json --step 4 --out docs/timeline.svg`.
// docs/timeline.md says which run its picture is of.

const { values } = parseArgs({
  options: { timeline: { type: 'string' }, step: { type: 'string' }, out: { type: 'string' } },
});
const { traceEvents } = JSON.parse(readFileSync(values.timeline, 'utf8'));
const step = Number(values.step);
const LEFT = 210;
const WIDTH = 1200;
const ROW = 20;
const COLOURS = [
  [/forward$/, '#7fb3d5'],
  [/backward$/, '#e59866'],
  [/product$/, '#bb8fce'],
  [/^(wait|exchange)$/, '#d5d8dc'],
  [/^(all-reduce|gather)$/, '#73c6b6'],
  [/^update$/, '#f7dc6f'],
  [/^(data|prepare batch)$/, '#aed581'],
  [/./, '#f2f3f4'],
];

const spans = traceEvents.filter(({ ph, args }) => ph === 'X' && args.step === step);
const steps = spans.filter(({ name }) => name === 'step');
const from = Math.min(...steps.map(({ ts }) => ts));
const to = Math.max(
  ...steps.map(({ ts, dur }) => ts + dur),
  ...spans.filter(inExchange).map(({ ts, dur }) => ts + dur),
);
const x = (us) => LEFT + ((us - from) / (to - from)) * (WIDTH - LEFT - 20);
const named = (name, pid, tid) =>
  traceEvents.find((event) => event.name === name && event.pid === pid && (tid === undefined || event.tid === tid));

function inExchange({ cat }) {
  return cat === 'communication';
}

/** Spans with the number of spans around each. */
function withDepths(row) {
  const open = [];
  return row
    .toSorted((one, next) => one.ts - next.ts || next.dur - one.dur)
    .map((span) => {
      while (open.length > 0 && open.at(-1).ts + open.at(-1).dur <= span.ts + 0.002) open.pop();
      open.push(span);
      return { ...span, depth: open.length - 1 };
    });
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

const parts = [];
let y = 34;
const label = (text, weight = 'normal') =>
  parts.push(`<text x="8" y="${y + 14}" font-weight="${weight}">${escaped(text)}</text>`);
for (const pid of [...new Set(spans.map((span) => span.pid))].sort((one, next) => one - next)) {
  label(named('process_name', pid).args.name, 'bold');
  y += ROW + 4;
  const tids = [...new Set(spans.filter((span) => span.pid === pid).map(({ tid }) => tid))].sort(
    (one, next) => one - next,
  );
  for (const tid of tids) {
    const row = withDepths(spans.filter((span) => span.pid === pid && span.tid === tid)).filter(
      ({ ts, dur }) => ts + dur > from && ts < to,
    );
    if (row.length === 0) continue;
    label(named('thread_name', pid, tid).args.name);
    for (const { name, ts, dur, depth, args } of row) {
      const [left, right] = [x(Math.max(ts, from)), x(Math.min(ts + dur, to))];
      const colour = COLOURS.find(([pattern]) => pattern.test(name))[1];
      const top = y + depth * ROW;
      const title = `${name}, ${(dur / 1e3).toFixed(1)} ms`;
      const width = Math.max(right - left, 0.8);
      parts.push(
        `<rect x="${left.toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="${ROW - 2}" fill="${colour}" stroke="#ffffff" stroke-width="0.5"><title>${escaped(title)}</title></rect>`,
      );
      const bytes = args.bytesSent === undefined ? '' : `, ${(args.bytesSent / 1e6).toFixed(2)} MB sent`;
      const shown = [`${name}, ${(dur / 1e3).toFixed(0)} ms${bytes}`, name].find((text) => text.length * 6 < width - 6);
      if (shown !== undefined)
        parts.push(`<text x="${(left + 3).toFixed(1)}" y="${top + 13}" font-size="11">${escaped(shown)}</text>`);
    }
    y += (1 + Math.max(...row.map(({ depth }) => depth))) * ROW + 2;
  }
  y += 10;
}
const rulers = [];
const stride = [10, 20, 50, 100, 200, 500, 1000, 2000].find((ms) => (to - from) / 1e3 / ms < 12) ?? 5000;
for (let ms = 0; ms <= (to - from) / 1e3; ms += stride) {
  const at = x(from + ms * 1e3).toFixed(1);
  rulers.push(
    `<line x1="${at}" x2="${at}" y1="24" y2="${y}" stroke="#e5e7e9"/><text x="${at}" y="18" font-size="11" text-anchor="middle">${ms} ms</text>`,
  );
}
writeFileSync(
  values.out,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="Helvetica, Arial, sans-serif" font-size="12">
<rect width="${WIDTH}" height="${y}" fill="#ffffff"/>
${[...rulers, ...parts].join('\n')}
</svg>
`,
);
