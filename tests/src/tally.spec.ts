import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scratchFolder } from './support/scratch.js';

// Whether `npm test` can be believed rests on this count.
interface Tally {
  readonly passed: number;
  readonly failed: number;
}
const { tally, total } = (await import(new URL('../../tools/test-reports.mjs', import.meta.url).href)) as {
  tally: (file: string) => Tally;
  total: (tallies: readonly Tally[]) => Tally;
};
const scratch = scratchFolder();

function report(name: string, content: object): string {
  const file = join(scratch, `${name}.json`);
  writeFileSync(file, JSON.stringify(content));
  return file;
}
const test = (status: string) => ({ status });

it.each([
  [
    'all passed',
    {
      success: true,
      numPassedTests: 3,
      numFailedTests: 0,
      testResults: [{ status: 'passed', assertionResults: [test('passed')] }],
    },
    3,
    0,
  ],
  [
    'a failed test',
    {
      success: false,
      numPassedTests: 2,
      numFailedTests: 1,
      testResults: [{ status: 'failed', assertionResults: [test('failed')] }],
    },
    2,
    1,
  ],
  [
    'a file that does not load',
    { success: false, numPassedTests: 2, numFailedTests: 0, testResults: [{ status: 'failed', assertionResults: [] }] },
    2,
    1,
  ],
  ['an error outside of the tests', { success: false, numPassedTests: 2, numFailedTests: 0, testResults: [] }, 2, 1],
  ['no tests', { success: true, numPassedTests: 0, numFailedTests: 0, testResults: [] }, 0, 0],
])('%s', (name, content, passed, failed) => {
  expect(tally(report(name, content))).toEqual({ passed, failed });
});

it('a report that is not there: one failure, for its runner crashed', () => {
  expect(tally(join(scratch, 'none.json'))).toEqual({ passed: 0, failed: 1 });
});

it('adds up', () => {
  const tallies = [
    { passed: 2, failed: 0 },
    { passed: 3, failed: 1 },
  ];
  expect(total(tallies)).toEqual({ passed: 5, failed: 1 });
});
