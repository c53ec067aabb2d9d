import { FACTS, stepOf } from '../shared/facts.js';
import { age, count, milliseconds } from '../shared/format.js';
import type { StatusMessage } from '../shared/protocol.js';
import { byId, fillTable, make, setText } from './elements.js';
import type { RunData } from './run-data.js';

/** A worker that was not heard of for so long is shown as late; a heartbeat comes each second. */
const LATE_MS = 3_000;

const phases = ['data', 'compute', 'exchange', 'update'] as const;

/** What is at the top of the page, and its tables of ranks. */
export class StatusView {
  readonly #data: RunData;
  readonly #breakdown = byId('breakdown').querySelector('tbody')!;
  readonly #ranks = byId('ranks').querySelector('tbody')!;

  constructor(data: RunData) {
    this.#data = data;
    byId('facts').append(...FACTS.map(({ id, label }) => factOf(id, label)));
  }

  show(status: StatusMessage): void {
    const { run, state, step, totalSteps } = status;
    const { steps, evaluations } = this.#data;
    document.title = `${stepOf(status)} · ${run} · Tandem`;
    setText(byId('run'), run);
    const told = { status, loss: steps.loss.at(-1), top1: evaluations.top1.at(-1) };
    for (const { id, text } of FACTS) setText(byId(id), text(told));
    byId('state').dataset['state'] = state;
    const progress = byId<HTMLProgressElement>('progress');
    progress.max = Math.max(1, totalSteps);
    progress.value = step;
    this.#showRanks(status);
    this.#showBreakdown(status);
  }

  #showRanks({ members }: StatusMessage): void {
    fillTable(
      this.#ranks,
      members.map(({ rank, name, host, device, phase, step, heartbeatAgeMs }) => [
        { text: `${rank}`, isHeading: true },
        ...[name, host, device, phase].map((text) => ({ text })),
        { text: count(step), className: 'number' },
        { text: age(heartbeatAgeMs), className: heartbeatAgeMs > LATE_MS ? 'number late' : 'number' },
      ]),
    );
  }

  #showBreakdown({ breakdown: { steps, ranks } }: StatusMessage): void {
    setText(
      byId('breakdown-steps'),
      steps === 0 ? 'No step yet.' : `Means of the last ${steps === 1 ? 'step' : `${steps} steps`}, by rank.`,
    );
    const together = ranks.map((rank) => phases.reduce((sum, phase) => sum + rank[phase], 0));
    const most = Math.max(...together, 1e-3);
    fillTable(
      this.#breakdown,
      ranks.map((rank, at) => [
        { text: `${rank.rank}`, isHeading: true },
        { text: '' },
        ...phases.map((phase) => ({ text: milliseconds(rank[phase]), className: 'number' })),
        { text: milliseconds(together[at]!), className: 'number' },
      ]),
      (cell, row, column) => {
        if (column === 1)
          drawBar(
            cell,
            phases.map((phase) => ranks[row]![phase] / most),
          );
      },
    );
  }
}

function factOf(id: string, label: string): HTMLElement {
  const said = make('dd', '', '–');
  said.id = id;
  return make('div', '', make('dt', '', label), said);
}

/** One rank's phases beside each other; the longest of all ranks fills the cell. */
function drawBar(cell: HTMLElement, shares: readonly number[]): void {
  if (cell.firstElementChild === null) {
    const bar = make('div', 'bar', ...phases.map((phase) => make('i', phase)));
    // The numbers are in the cells beside it.
    bar.setAttribute('aria-hidden', 'true');
    cell.append(bar);
  }
  for (const [at, share] of shares.entries())
    (cell.firstElementChild!.children[at] as HTMLElement).style.width = `${(100 * share).toFixed(2)}%`;
}
