import type { TimelineSteps } from '@tandem/coordinator';
import { InvalidArgumentError } from 'commander';

/** Parses an option that counts something, from 1. */
export function positiveInteger(text: string): number {
  return wholeFromOne(text, 'Expected a whole number from 1.');
}

/** Parses an option that counts something, from 0. */
export function nonNegativeInteger(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('Expected a whole number from 0.');
  return value;
}

/** Collects an option that may be given several times. */
export function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

/** Parses `n` or `a-b`. */
export function stepsOfTimeline(text: string): TimelineSteps {
  const [first, last] = (/^(\d+)-(\d+)$/.exec(text) ?? []).slice(1).map(Number);
  if (first === undefined || last === undefined) return { count: positiveInteger(text) };
  if (first < 1 || last < first || !Number.isSafeInteger(last))
    throw new InvalidArgumentError('Expected the first step, from 1, and the last.');
  return { first, last };
}

/** Parses an option that counts something, from 1, or is `auto`. */
export function positiveIntegerOrAuto(text: string): number | 'auto' {
  return text === 'auto' ? text : wholeFromOne(text, 'Expected a whole number from 1, or auto.');
}

function wholeFromOne(text: string, expected: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError(expected);
  return value;
}

/** Parses `0,2,3`: different numbers from 0; or `all`. */
export function gpuNumbers(text: string): readonly number[] | 'all' {
  if (text === 'all') return text;
  const numbers = text.split(',').map(Number);
  if (!/^\d+(,\d+)*$/.test(text) || new Set(numbers).size < numbers.length)
    throw new InvalidArgumentError('Expected numbers from 0, each once, such as 0,1, or all.');
  return numbers;
}
