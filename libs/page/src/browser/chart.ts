import type { Mark, MarkKind } from '../shared/protocol.js';
import { firstFrom, nearest } from '../shared/search.js';
import { make, setText } from './elements.js';
import { colour } from './theme.js';
import uPlot from './uplot.js';

export type Values = readonly (number | null)[];

/** One line of a chart. */
export interface Line {
  readonly label: string;
  /** Of page.css. */
  readonly colour: string;
  readonly width?: number;
  /** Single points, as evaluations are, joined by a line over the steps between them. */
  readonly points?: boolean;
  readonly format?: (value: number | null | undefined) => string;
}

export interface ChartOptions {
  readonly title: string;
  /** Where nothing is to be drawn yet. */
  readonly none: string;
  readonly lines: readonly Line[];
  readonly format: (value: number | null | undefined) => string;
  readonly isLogarithmic?: boolean;
  /** The cursor is at a step, or nowhere. */
  readonly onCursor: (step: number | undefined) => void;
  /** Steps were selected; undefined: all again. */
  readonly onZoom: (range: readonly [number, number] | undefined) => void;
}

/** One line's points. */
export interface LineData {
  readonly step: readonly number[];
  readonly values: Values;
}

const GLYPHS: Readonly<Record<MarkKind, string>> = { joined: '+', lost: '×', generation: 'G' };

/** Between two glyphs of marks, in pixels: those that do not fit are lines alone. */
const GLYPH_ROOM = 12;

/** Of a key press, in points of the curve. */
const PAGE = 0.1;

/** Lines over steps, with marks: a figure that pointer and keys move a cursor in. */
export class Chart {
  readonly #options: ChartOptions;
  readonly #plot: uPlot;
  readonly #values: HTMLElement[] = [];
  readonly #none: HTMLElement;
  readonly #figure: HTMLElement;
  #marks: readonly Mark[] = [];
  #range: readonly [number, number] = [0, 1];
  #at: number | undefined;
  #isShown = false;

  constructor(figure: HTMLElement, options: ChartOptions) {
    const { title, lines, none } = options;
    this.#options = options;
    this.#figure = figure;
    const caption = make('figcaption', '', make('strong', '', title));
    for (const line of lines) {
      const swatch = make('i');
      swatch.style.setProperty('--colour', `var(--${line.colour})`);
      const value = make('b', '', '–');
      this.#values.push(value);
      caption.append(make('span', 'key', swatch, `${line.label} `, value));
    }
    const holder = make('div', 'plot');
    this.#none = make('p', 'none', none);
    figure.replaceChildren(caption, holder);
    figure.tabIndex = 0;
    figure.setAttribute('aria-describedby', 'chart-keys');
    this.#plot = new uPlot(this.#plotOptions(holder), [[], ...lines.map(() => [])], holder);
    holder.append(this.#none);
    new ResizeObserver(() => this.#plot.setSize({ width: holder.clientWidth, height: holder.clientHeight })).observe(
      holder,
    );
    figure.addEventListener('keydown', (event) => {
      if (this.#key(event.key)) event.preventDefault();
    });
    figure.addEventListener('blur', () => options.onCursor(undefined));
    holder.addEventListener('dblclick', () => options.onZoom(undefined));
  }

  /** `range` of steps is shown. */
  show(lines: readonly LineData[], range: readonly [number, number], marks: readonly Mark[]): void {
    this.#range = range;
    this.#marks = marks;
    const joined = uPlot.join(lines.map(({ step, values }) => [step, values] as unknown as uPlot.AlignedData));
    this.#plot.setData(joined, false);
    this.#plot.setScale('x', { min: range[0], max: range[1] });
    this.#isShown = true;
    this.#none.hidden = lines.some(({ step }) => step.length > 0);
    this.#showValues();
    this.#describe(lines);
  }

  /** The colours are others. */
  redraw(): void {
    // uPlot cannot draw what it was shown nothing of.
    if (this.#isShown) this.#plot.redraw(false);
  }

  /** Moves the cursor to a step, as in the other charts. */
  point(step: number | undefined): void {
    const steps = this.#plot.data[0];
    this.#at = step === undefined || steps.length === 0 ? undefined : nearest(steps, step);
    // Outside: there is no cursor to be seen.
    const left = this.#at === undefined ? -10 : this.#plot.valToPos(steps[this.#at]!, 'x');
    this.#plot.setCursor({ left, top: this.#at === undefined ? -10 : 0 }, false);
    this.#showValues();
  }

  /** "training loss 0.51, evaluation loss 0.6" at the cursor. */
  get readout(): string {
    return this.#options.lines
      .map(({ label }, at) => ({ label, text: this.#values[at]!.textContent }))
      .filter(({ text }) => text !== '–')
      .map(({ label, text }) => `${label} ${text}`)
      .join(', ');
  }

  #showValues(): void {
    const { lines, format } = this.#options;
    for (const [line, { format: own = format }] of lines.entries()) {
      const column = this.#plot.data[line + 1] as Values | undefined;
      setText(this.#values[line]!, own(this.#valueAt(column ?? [])));
    }
  }

  /** At the cursor, or before it where this line has a point there; without a cursor the newest. */
  #valueAt(column: Values): number | null | undefined {
    for (let at = this.#at ?? column.length - 1; at >= 0; at--) {
      // `undefined` is a step that another line has a point at; null one where the value was no number.
      const value = column[at] as number | null | undefined;
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #describe(lines: readonly LineData[]): void {
    const points = Math.max(0, ...lines.map(({ step }) => step.length));
    const { title, none } = this.#options;
    const what = points === 0 ? none : `${points} points. Newest: ${this.readout}`;
    // Not while it is listened to.
    if (document.activeElement !== this.#figure) this.#figure.setAttribute('aria-label', `${title}: ${what}`);
  }

  #key(key: string): boolean {
    const steps = this.#plot.data[0] as number[];
    if (key === 'Escape') {
      this.#options.onZoom(undefined);
      this.#options.onCursor(undefined);
      return true;
    }
    const [first, last] = [firstFrom(steps, this.#range[0]), firstFrom(steps, this.#range[1] + 1) - 1];
    if (last < first) return false;
    const at = this.#at ?? last;
    const page = Math.max(1, Math.round((last - first) * PAGE));
    const moves: Readonly<Record<string, number>> = {
      ...{ ArrowLeft: at - 1, ArrowRight: at + 1, PageUp: at - page, PageDown: at + page, Home: first, End: last },
    };
    const to = moves[key];
    if (to === undefined) return false;
    this.#options.onCursor(steps[Math.min(last, Math.max(first, to))]);
    return true;
  }

  #plotOptions(holder: HTMLElement): uPlot.Options {
    const { lines, isLogarithmic = false, format } = this.#options;
    const axis = {
      stroke: () => colour('muted'),
      grid: { stroke: () => colour('grid'), width: 1 },
      ticks: { show: false },
    };
    return {
      width: Math.max(100, holder.clientWidth),
      height: holder.clientHeight,
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: true, y: false, setScale: false },
        points: { size: 7 },
      },
      scales: { x: { time: false }, y: isLogarithmic ? { distr: 3 } : {} },
      axes: [
        {
          ...axis,
          size: 26,
          label: 'step',
          labelSize: 18,
          labelFont: '12px system-ui, sans-serif',
          values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? `${tick}` : '')),
        },
        { ...axis, size: 58, values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : shortly(tick, format))) },
      ],
      series: [
        {},
        ...lines.map(({ label, colour: name, width = 1.5, points = false }) => ({
          ...{ label, width, stroke: () => colour(name), spanGaps: false },
          points: points
            ? { show: true, size: 6, stroke: () => colour(name), fill: () => colour(name) }
            : { show: false },
        })),
      ],
      hooks: {
        drawClear: [(plot) => this.#drawMarks(plot)],
        setCursor: [(plot) => this.#pointed(plot)],
        setSelect: [(plot) => this.#selected(plot)],
      },
    };
  }

  #pointed({ cursor, data, over }: uPlot): void {
    // Only what a pointer does: what keys and other charts say is known.
    if (!over.matches(':hover') || cursor.idx === undefined) return;
    const at = cursor.idx ?? undefined;
    if (at !== this.#at) this.#options.onCursor(at === undefined ? undefined : data[0][at]);
  }

  #selected(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < 3) return;
    const [from, to] = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')];
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#options.onZoom([Math.floor(from), Math.ceil(to)]);
  }

  #drawMarks(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const [least, most] = this.#range;
    const ratio = devicePixelRatio;
    let glyphsTo = -Infinity;
    ctx.save();
    ctx.lineWidth = ratio;
    ctx.font = `bold ${12 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'top';
    for (const { kind, step } of this.#marks) {
      if (step < least || step > most) continue;
      const x = Math.round(plot.valToPos(step, 'x', true)) + 0.5;
      ctx.strokeStyle = ctx.fillStyle = colour(kind);
      ctx.setLineDash(kind === 'generation' ? [4 * ratio, 4 * ratio] : []);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top + 14 * ratio);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      if (x < glyphsTo) continue;
      ctx.fillText(GLYPHS[kind], x, bbox.top);
      glyphsTo = x + GLYPH_ROOM * ratio;
    }
    ctx.restore();
  }
}

function shortly(value: number, format: ChartOptions['format']): string {
  return format(value)
    .replace(/(\.\d*?)0+ %$/, '$1 %')
    .replace('. %', ' %');
}
