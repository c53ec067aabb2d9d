import type { z } from 'zod';
import type { ErrorDetails } from '../errors.js';
import type { ConfigSource } from './config-source.js';
import { allKeys, knownKeys } from './schema-keys.js';
import { suggestion } from './suggestion.js';

/** A key that so many sections have says where it belongs. */
const MOST_CANDIDATES = 3;

/** What people are told of the schema's issues: of each unknown key and each wrong value one, in the schema's order. */
export function configFaults(
  issues: readonly z.core.$ZodIssue[],
  raw: unknown,
  placeOf: ConfigSource['describePlace'],
): ErrorDetails[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownKey(issue.path.map(String), key, placeOf))
      : [wrongValue(issue, raw, placeOf)],
  );
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
    expected: issue.message
      .replace(/^Invalid (input|option): /, '')
      .replace(/^expected /, '')
      .replace(/, received undefined$/, ''),
    remedy: meant === undefined ? 'See docs/configuration.md.' : `Did you mean ${meant}?`,
    context: { key },
  };
}
