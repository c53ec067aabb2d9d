import { readRunRecord } from '@tandem/coordinator';
import { engineText } from '../runs/engine-text.js';

/** What decides bits beside the configuration, of all starts of a run; empty where it is not recorded. */
export function runConditions(directory: string): ReadonlyMap<string, string> {
  const starts = readRunRecord(directory)?.starts ?? [];
  const workers = starts.flatMap((start) => start.workers);
  const facts: [string, string[]][] = [
    ['engine', workers.map(engineText)],
    ['threads', workers.map(({ threads }) => String(threads))],
    ['processor', workers.map(({ machine }) => machine?.processor ?? '')],
    ['Tandem', starts.map(({ tandem }) => tandemText(tandem))],
  ];
  return new Map(
    facts
      .map(([name, values]) => [name, [...new Set(values)].filter((value) => value !== '').join(', ')] as const)
      .filter(([, text]) => text !== ''),
  );
}

function tandemText({ version, commit, modified }: { version: string; commit?: string; modified?: boolean }): string {
  if (commit === undefined) return version;
  return `${version} (${commit.slice(0, 8)}${modified === true ? ', changed' : ''})`;
}
