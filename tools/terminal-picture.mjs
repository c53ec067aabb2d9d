import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

// `node tools/terminal-picture.mjs --in capture.txt --out picture.svg`: draws what a terminal showed (`tmux capture-pane -pe`).

const { values } = parseArgs({
  options: { in: { type: 'string' }, out: { type: 'string' }, columns: { type: 'string' } },
});
if (values.in === undefined || values.out === undefined) throw new Error('--in FILE and --out FILE are needed');

const CELL = { width: 8.4, height: 18 };
const MARGIN = 14;
const COLOURS = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 34: '#79c0ff', 35: '#d2a8ff', 36: '#76e3ea' };
const [PAPER, INK, DIM] = ['#0d1117', '#e6edf3', '#8b949e'];

/** Pieces of one colour, each with the column that it begins in. */
function pieces(line) {
  const found = [];
  let style = {};
  let column = 0;
  for (const [, codes, text] of line.matchAll(/\u001b\[([\d;]*)m|([^\u001b]+)/g)) {
    if (text !== undefined) {
      found.push({ text, column, ...style });
      column += [...text].length;
      continue;
    }
    for (const code of codes.split(';').map(Number)) {
      if (code === 0) style = {};
      else if (code === 1) style = { ...style, bold: true };
      else if (code === 2) style = { ...style, dim: true };
      else if (code === 22) style = { colour: style.colour };
      else if (code === 39) style = { bold: style.bold, dim: style.dim };
      else if (COLOURS[code] !== undefined) style = { ...style, colour: COLOURS[code] };
    }
  }
  return found;
}

const escape = (text) => text.replace(/[&<>]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[character]);

const lines = (await readFile(values.in, 'utf8')).replace(/\n+$/, '').split('\n');
const columns = Number(values.columns ?? 100);
const width = Math.ceil(columns * CELL.width + 2 * MARGIN);
const height = lines.length * CELL.height + 2 * MARGIN;
const texts = lines.flatMap((line, row) =>
  pieces(line)
    .filter(({ text }) => text.trim() !== '')
    .map(({ text, column, colour, dim, bold }) => {
      // Its place is that of its first visible character: spaces at the beginning would be a matter of the font.
      const start = text.length - text.trimStart().length;
      const shown = text.trim();
      const x = (MARGIN + (column + start) * CELL.width).toFixed(1);
      const y = MARGIN + (row + 0.75) * CELL.height;
      const length = ([...shown].length * CELL.width).toFixed(1);
      const fill = colour ?? (dim ? DIM : INK);
      return `<text x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs" fill="${fill}"${bold ? ' font-weight="bold"' : ''} xml:space="preserve">${escape(shown)}</text>`;
    }),
);
writeFileSync(
  values.out,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">
<rect width="${width}" height="${height}" rx="8" fill="${PAPER}"/>
${texts.join('\n')}
</svg>
`,
);
