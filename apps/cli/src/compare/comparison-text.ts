import { formatLoss, formatRate, spread } from '@tandem/observability';
import { columns } from '../columns.js';
import { bestOf } from '../runs/run-metrics.js';
import { percent } from '../runs/runs-text.js';
import { type ComparedRun, conditionDifferences, configDifferences } from './compared-runs.js';
import { compareLosses } from './same-losses.js';

/** Steps at the end of a run whose mean loss is shown: one alone is its batch's chance. */
const LAST_STEPS = 50;

/** Runs beside each other: their ends, what of their configurations differs, and whether their losses do. */
export function comparisonText(runs: readonly ComparedRun[]): string {
  const labels = runs.map(({ label }) => label);
  const differences = configDifferences(runs).map(({ key, values }) => [key, ...values]);
  const conditions = conditionDifferences(runs).map(({ key, values }) => [key, ...values]);
  return [
    ...columns([
      ['run', 'steps', `loss (last ${LAST_STEPS})`, 'best top-1 error', 'last top-1 error', 'images/s'],
      ...runs.map(ends),
    ]),
    '',
    ...(differences.length === 0
      ? ['The configurations are the same.']
      : columns([['configuration', ...labels], ...differences])),
    '',
    ...(conditions.length === 0 ? [] : [...columns([['computed with', ...labels], ...conditions]), '']),
    ...runs.slice(1).map((run) => lossesText(runs[0]!, run)),
    '',
  ].join('\n');
}

function ends({ label, metrics: { steps, evaluations } }: ComparedRun): string[] {
  const best = bestOf(evaluations);
  const last = evaluations.at(-1);
  const losses = steps.slice(-LAST_STEPS).map(({ loss }) => loss ?? NaN);
  return [
    label,
    String(steps.at(-1)?.step ?? 0),
    losses.length === 0 ? '-' : formatLoss(losses.reduce((sum, loss) => sum + loss, 0) / losses.length),
    best === undefined ? '-' : `${percent(best.top1)} (step ${best.step})`,
    last === undefined ? '-' : `${percent(last.top1)} (step ${last.step})`,
    steps.length === 0 ? '-' : formatRate(spread(steps.map(({ imagesPerSecond }) => imagesPerSecond)).median),
  ];
}

function lossesText(one: ComparedRun, other: ComparedRun): string {
  const { common, firstDifference } = compareLosses(one.metrics, other.metrics);
  const names = `${one.label} and ${other.label}`;
  if (common === 0) return `${names} have no step in common.`;
  const steps = `the ${common} step${common === 1 ? '' : 's'} that both have`;
  return firstDifference === undefined
    ? `${names}: the same loss at all of ${steps}, to the last digit.`
    : `${names}: losses differ from step ${firstDifference} on, of ${steps}.`;
}
