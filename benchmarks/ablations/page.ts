import { readFileSync, writeFileSync } from 'node:fs';
import type { AblationResult, Spread } from './summary.js';

const BEGIN = '<!-- ablations: written by npm run ablations -->';
const END = '<!-- /ablations -->';

export interface Page {
  readonly date: string;
  readonly seeds: number;
  readonly results: readonly AblationResult[];
}

/** Puts the table between the marks of a Markdown file. Throws where the file has no marks. */
export function writeTable(file: string, page: Page): void {
  const text = readFileSync(file, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${file} has no "${BEGIN}" with "${END}" after it`);
  writeFileSync(file, `${text.slice(0, begin + BEGIN.length)}\n\n${tableOf(page)}\n${text.slice(end)}`);
}

/** Means over the seeds, with the least and the most. */
export function tableOf({ date, seeds, results }: Page): string {
  const rows = results.flatMap(({ name, title, targetLoss, arms }) =>
    arms.map((arm, index) =>
      [
        index === 0 ? `[${title}](images/ablations/${name}.svg)` : '',
        `\`${arm.file}\``,
        arm.label,
        spreadText(arm.trainingLoss, thousandths),
        arm.epochsToTarget === undefined
          ? `not all to ${targetLoss}`
          : `${spreadText(arm.epochsToTarget, (value) => value.toFixed(1))} to ${targetLoss}`,
        spreadText(arm.error, percent),
        differenceText(arm.errorDifference, percent),
        spreadText(arm.evaluationLoss, thousandths),
        differenceText(arm.lossDifference, thousandths),
      ].join(' | '),
    ),
  );
  return [
    `${date}, seeds 1 to ${seeds}: mean (least … most). Δ is an arm's figure less the first arm's, seed by seed; where its sign is not the same for all seeds, it is within the spread.`,
    '',
    '| ablation | configuration | arm | training loss, last epoch | epochs to a training loss | top-1 error, % | Δ | evaluation loss | Δ |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
    '',
  ].join('\n');
}

function percent(fraction: number): string {
  return (100 * fraction).toFixed(2);
}

function thousandths(value: number): string {
  return value.toFixed(3);
}

function spreadText({ mean, least, most }: Spread, text: (value: number) => string): string {
  return `${text(mean)} (${text(least)} … ${text(most)})`;
}

function differenceText(difference: Spread | undefined, text: (value: number) => string): string {
  if (difference === undefined) return '';
  const signed = (value: number) => `${value > 0 ? '+' : ''}${text(value)}`;
  const within = difference.least <= 0 && difference.most >= 0;
  return spreadText(difference, signed) + (within ? ', within the spread' : '');
}
