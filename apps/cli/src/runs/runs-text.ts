import { formatLoss } from '@tandem/observability';
import { columns } from '../columns.js';
import type { RunSummary } from './run-summary.js';

/** A table of runs, a run a line. */
export function runsText(runs: readonly RunSummary[]): string {
  const head = ['run', 'status', 'step', 'epoch', 'loss', 'best top-1 error', 'started'];
  const rows = runs.map(({ directory, status, last, totalSteps, best, startedAt }) => [
    directory,
    status,
    stepText(last?.step, totalSteps),
    last === undefined ? '-' : String(last.epoch),
    last === undefined ? '-' : formatLoss(last.loss ?? NaN),
    best === undefined ? '-' : `${percent(best.top1)} (step ${best.step})`,
    startedAt === undefined ? '-' : dateText(startedAt),
  ]);
  return `${columns([head, ...rows]).join('\n')}\n`;
}

export function stepText(step: number | undefined, totalSteps: number | undefined): string {
  return `${step ?? 0}${totalSteps === undefined ? '' : `/${totalSteps}`}`;
}

export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)} %`;
}

/** `2026-11-25 22:15` in this machine's time. */
export function dateText(iso: string): string {
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
