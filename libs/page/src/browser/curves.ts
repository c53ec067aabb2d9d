import { count, number, percent } from '../shared/format.js';
import type { Mark } from '../shared/protocol.js';
import { smoothed } from '../shared/smoothed.js';
import { Chart, type ChartOptions } from './chart.js';
import { byId, fillTable, setText } from './elements.js';
import type { Frames } from './frames.js';
import type { RunData } from './run-data.js';

/** Points that smoothed curves are means over. */
const SMOOTHED_OVER = 30;

/** Rows of the table of points. */
const TABLE_ROWS = 50;

type Range = readonly [number, number];

/** The charts of a run's curves: one cursor and one range of steps for all. */
export class Curves {
  readonly #data: RunData;
  readonly #frames: Frames;
  readonly #error: Chart;
  readonly #rate: Chart;
  #loss: Chart;
  #zoom: Range | undefined;
  #cursor: number | undefined;

  constructor(data: RunData, frames: Frames) {
    this.#data = data;
    this.#frames = frames;
    this.#loss = this.#lossChart();
    this.#error = new Chart(byId('chart-error'), {
      ...this.#common('chart-error'),
      title: 'Error of the evaluation set',
      none: 'No evaluation yet',
      lines: [
        { label: 'top-1', colour: 'top1', points: true },
        { label: 'top-5', colour: 'top5', points: true },
      ],
      format: percent,
    });
    this.#rate = new Chart(byId('chart-rate'), {
      ...this.#common('chart-rate'),
      title: 'Speed',
      none: 'No step yet',
      lines: [
        { label: 'images/s', colour: 'rate-faint', width: 1 },
        { label: `smoothed over ${SMOOTHED_OVER}`, colour: 'rate', width: 2 },
      ],
      format: number,
    });
    byId('range').addEventListener('change', () => this.#zoomTo(undefined));
    byId('logarithmic').addEventListener('change', () => {
      this.#loss = this.#lossChart();
      this.update();
    });
    byId('curve-table').addEventListener('toggle', () => this.#fillTable());
  }

  /** The data have changed. */
  update(): void {
    for (const piece of [this.#showLoss, this.#showError, this.#showRate, this.#fillTable]) this.#frames.draw(piece);
  }

  /** The colours have. */
  redraw(): void {
    for (const chart of [this.#loss, this.#error, this.#rate]) chart.redraw();
  }

  readonly #showLoss = () => {
    const { steps, evaluations, marks } = this.#data;
    const values = steps.loss;
    this.#loss.show(
      [
        { step: steps.step, values },
        { step: steps.step, values: smoothed(values, SMOOTHED_OVER) },
        { step: evaluations.step, values: evaluations.loss },
      ],
      this.#range,
      marks,
    );
  };

  readonly #showError = () => {
    const { evaluations, marks } = this.#data;
    const { step, top1, top5 } = evaluations;
    const lines = [
      { step, values: top1 },
      { step, values: top5 },
    ];
    this.#error.show(lines, this.#range, marks);
  };

  readonly #showRate = () => {
    const { steps, marks } = this.#data;
    const lines = [
      { step: steps.step, values: steps.imagesPerSecond },
      { step: steps.step, values: smoothed(steps.imagesPerSecond, SMOOTHED_OVER) },
    ];
    this.#rate.show(lines, this.#range, marks);
  };

  readonly #fillTable = () => {
    if (!byId<HTMLDetailsElement>('curve-table').open) return;
    const { steps, evaluations } = this.#data;
    const right = (text: string) => ({ text, className: 'number' });
    const rows = [];
    for (let at = steps.step.length - 1; at >= Math.max(0, steps.step.length - TABLE_ROWS); at--) {
      const evaluated = evaluations.step.lastIndexOf(steps.step[at]!);
      rows.push([
        { text: count(steps.step[at]!), isHeading: true },
        ...[steps.loss, steps.imagesPerSecond, steps.learningRate].map((column) => right(number(column[at]))),
        right(evaluated === -1 ? '' : number(evaluations.loss[evaluated])),
        right(evaluated === -1 ? '' : percent(evaluations.top1[evaluated])),
        right(evaluated === -1 ? '' : percent(evaluations.top5[evaluated])),
      ]);
    }
    fillTable(byId<HTMLTableSectionElement>('curve-rows'), rows);
  };

  #lossChart(): Chart {
    return new Chart(byId('chart-loss'), {
      ...this.#common('chart-loss'),
      title: 'Loss',
      none: 'No step yet',
      lines: [
        { label: 'training', colour: 'loss-faint', width: 1 },
        { label: `smoothed over ${SMOOTHED_OVER}`, colour: 'loss', width: 2 },
        { label: 'evaluation', colour: 'evaluation', points: true },
      ],
      format: number,
      isLogarithmic: byId<HTMLInputElement>('logarithmic').checked,
    });
  }

  #common(id: string): Pick<ChartOptions, 'onCursor' | 'onZoom'> {
    return {
      onCursor: (step) => this.#point(step, id),
      onZoom: (range) => this.#zoomTo(range),
    };
  }

  /** The steps that are shown. */
  get #range(): Range {
    if (this.#zoom !== undefined) return this.#zoom;
    const { step } = this.#data.steps;
    const first = Math.min(step[0] ?? 0, this.#data.evaluations.step[0] ?? Infinity);
    const last = Math.max(step.at(-1) ?? 1, first + 1);
    const newest = Number(byId<HTMLSelectElement>('range').value);
    return [Number.isNaN(newest) ? first : Math.max(first, last - newest), last];
  }

  #zoomTo(range: Range | undefined): void {
    this.#zoom = range;
    this.update();
  }

  #point(step: number | undefined, id: string): void {
    if (step === this.#cursor) return;
    this.#cursor = step;
    for (const chart of [this.#loss, this.#error, this.#rate]) chart.point(step);
    // For who does not see: what the keys have moved to.
    if (document.activeElement?.id !== id) return;
    const chart = { 'chart-loss': this.#loss, 'chart-error': this.#error, 'chart-rate': this.#rate }[id];
    const marks = this.#marksAt(step).map(({ text }) => text);
    setText(byId('readout'), step === undefined ? '' : [`Step ${step}: ${chart!.readout}`, ...marks].join('. '));
  }

  #marksAt(step: number | undefined): readonly Mark[] {
    return this.#data.marks.filter((mark) => mark.step === step);
  }
}
