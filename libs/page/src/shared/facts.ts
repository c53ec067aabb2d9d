import { count, number, percent } from './format.js';
import type { StatusMessage } from './protocol.js';

/** What the facts are told from. */
export interface Told {
  readonly status: StatusMessage;
  /** Of the last step and the last evaluation, if there was one. */
  readonly loss: number | null | undefined;
  readonly top1: number | null | undefined;
}

/** The facts at the top of the page, in their order: what each is called and says. */
export const FACTS: readonly { readonly id: string; readonly label: string; readonly text: (told: Told) => string }[] =
  [
    { id: 'state', label: 'State', text: ({ status }) => status.state },
    { id: 'step', label: 'Step', text: ({ status }) => stepOf(status) },
    { id: 'epoch', label: 'Epoch', text: ({ status }) => orNone(status.epoch, count) },
    { id: 'loss', label: 'Loss', text: ({ loss }) => number(loss) },
    { id: 'top1', label: 'Top-1 error', text: ({ top1 }) => percent(top1) },
    { id: 'rate', label: 'Images/s', text: ({ status }) => orNone(status.imagesPerSecond, number) },
    { id: 'workers', label: 'Workers', text: ({ status }) => count(status.members.length) },
    { id: 'generation', label: 'Generation', text: ({ status }) => orNone(status.generation, count) },
  ];

/** "1,200 / 5,000", or "0" where the end is not known. */
export function stepOf({ step, totalSteps }: Pick<StatusMessage, 'step' | 'totalSteps'>): string {
  return totalSteps > 0 ? `${count(step)} / ${count(totalSteps)}` : count(step);
}

/** 0: there is none yet. */
function orNone(value: number, text: (value: number) => string): string {
  return value === 0 ? '–' : text(value);
}
