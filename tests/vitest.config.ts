import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Tests that start processes. They use what was built, one file at a time: each may take all cores.
export default defineConfig({
  test: {
    include: ['src/**/*.spec.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    reporters: ['default', 'json'],
    outputFile: { json: join(import.meta.dirname, '../dist/test-reports/@tandem/tests.json') },
    pool: 'forks',
  },
});
