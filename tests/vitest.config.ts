import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Tests that start processes, of what was built. Most wait for processes to start more than they compute, and go two at a
// time; those that are about time, or fill the machine by themselves, come after them one at a time.
const alone = ['elastic', 'faults', 'timeline'].map((name) => `src/${name}.spec.ts`);

export default defineConfig({
  test: {
    reporters: ['default', 'json'],
    outputFile: { json: join(import.meta.dirname, '../dist/test-reports/@tandem/tests.json') },
    projects: [
      {
        test: {
          name: 'side by side',
          include: ['src/**/*.spec.ts'],
          exclude: alone,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
          testTimeout: 180_000,
          hookTimeout: 120_000,
          pool: 'forks',
        },
      },
      {
        test: {
          name: 'alone',
          include: alone,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 60_000,
          pool: 'forks',
        },
      },
    ],
  },
});
