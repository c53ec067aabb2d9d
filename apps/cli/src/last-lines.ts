import { readFileSync } from 'node:fs';

/** The last `count` lines of a text file; none where it cannot be read. */
export function lastLines(file: string, count: number): string[] {
  try {
    const text = readFileSync(file, 'utf8').trimEnd();
    return text === '' ? [] : text.split('\n').slice(-count);
  } catch {
    return [];
  }
}
