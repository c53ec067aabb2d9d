import type { z } from 'zod';
import type { ErrorDetails } from '../errors.js';
import type { ConfigSource } from './config-source.js';
import { allKeys, knownKeys } from './schema-keys.js';
import { suggestion } from './suggestion.js';

/** A key that so many sections have says where it belongs. */
const MOST_CANDIDATES = 3;

const COMPARISONS: Readonly<Record<string, string>> = {
  ...{ '>=': 'at least', '>': 'more than', '<=': 'at most', '<': 'less than' },
};

/** What people are told of the schema's issues: of each unknown key and each wrong value one, in the file's order. */
export function configFaults(
  issues: readonly z.core.$ZodIssue[],
  raw: unknown,
  placeOf: ConfigSource['describePlace'],
): ErrorDetails[] {
  const faults = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownKey(issue.path.map(String), key, placeOf))
      : [wrongValue(issue, raw, placeOf)],
  );
  return faults.sort((one, other) => {
    const [[line, column], [otherLine, otherColumn]] = [placeIn(one), placeIn(other)];
    return line === otherLine ? column - otherColumn : line < otherLine ? -1 : 1;
  });
}

/** What is not of the file, a `--set`, comes after all that is. */
function placeIn({ where = '' }: ErrorDetails): [line: number, column: number] {
  const [, line, column] = /:(\d+):(\d+)$/.exec(where) ?? [];
  return where.startsWith('--set ') || line === undefined ? [Infinity, 0] : [Number(line), Number(column)];
}

function unknownKey(section: readonly string[], name: string, placeOf: ConfigSource['describePlace']): ErrorDetails {
  const path = [...section, name];
  const key = path.join('.');
  const known = knownKeys(section);
  const meant = suggestion(name, known);
  const elsewhere = allKeys().filter((other) => other.at(-1) === name);
  const candidates = meant !== undefined ? [[...section, meant]] : elsewhere.length <= MOST_CANDIDATES ? elsewhere : [];
  const names = candidates.map((candidate) => candidate.join('.')).join(' or ');
  return {
    code: 'TANDEM_CONFIG_UNKNOWN_KEY',
    what: `unknown key ${key}`,
    where: placeOf(path, 'key'),
    expected: `one of ${known.join(', ')}`,
    remedy: names === '' ? 'Remove it or correct its name.' : `Did you mean ${names}?`,
    context: { key },
  };
}

function wrongValue(issue: z.core.$ZodIssue, raw: unknown, placeOf: ConfigSource['describePlace']): ErrorDetails {
  const key = issue.path.join('.');
  const got = issue.path.reduce<unknown>(
    (value, step) => (value as Record<PropertyKey, unknown> | undefined)?.[step],
    raw,
  );
  const choices = issue.code === 'invalid_value' ? issue.values.map(String) : [];
  const meant = typeof got === 'string' ? suggestion(got, choices) : undefined;
  return {
    code: 'TANDEM_CONFIG_VALUE',
    what: got === undefined ? `${key} is missing` : `${key} is ${JSON.stringify(got)}`,
    where: placeOf(issue.path, 'value'),
    expected: expectedIn(issue.message),
    remedy: meant === undefined ? 'See docs/configuration.md.' : `Did you mean ${meant}?`,
    context: { key },
  };
}

/** What zod's message expects, in words: `Too small: expected number to be >=1` is `at least 1`. */
function expectedIn(message: string): string {
  const [expectation] = message
    .replace(/^(Invalid input|Invalid option|Too small|Too big): /, '')
    .replace(/^expected /, '')
    .split(/, received (?:undefined|\w+)$/);
  const [, comparison, bound] = /^(?:number|int) to be (>=|>|<=|<)(.+)$/.exec(expectation!) ?? [];
  if (comparison !== undefined) return `${COMPARISONS[comparison]!} ${bound!}`;
  const text = expectation!.replace(/^int$/, 'a whole number').replace(/^(number|string|boolean)$/, 'a $1');
  return text.startsWith('one of ')
    ? text.replaceAll('"', '').replaceAll('|', ', ')
    : text.replace(/^(array|object)$/, 'an $1');
}
