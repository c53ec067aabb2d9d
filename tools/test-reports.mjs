import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

/**
 * @typedef {object} Tally
 * @property {number} passed tests
 * @property {number} failed tests, and test files or runners that failed without a failed test in them
 */

/** Where vitest writes a project's report (vitest.config.ts). */
export function reportOf(project) {
  return join(root, 'dist/test-reports', `${project}.json`);
}

/**
 * What a vitest report says; a report that is not there counts as one failure: its runner crashed or was never started.
 * @returns {Tally}
 */
export function tally(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1 };
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = report.numFailedTests + brokenFiles.length;
  return { passed: report.numPassedTests, failed: failed === 0 && !report.success ? 1 : failed };
}

/** @param {readonly Tally[]} tallies */
export function total(tallies) {
  return tallies.reduce((sum, { passed, failed }) => ({ passed: sum.passed + passed, failed: sum.failed + failed }), {
    passed: 0,
    failed: 0,
  });
}
