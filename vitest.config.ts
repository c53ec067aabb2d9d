import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// One configuration for every project: run with `--root <project>`. Sources are resolved through the `@tandem/source`
// condition, so a unit test needs no build.
const project = JSON.parse(readFileSync(join(process.cwd(), 'package.json'), 'utf8')) as { name: string };
// A process reads TensorFlow's settings once, and these packages try several.
const needsOwnProcesses = ['@tandem/model', '@tandem/runtime'].includes(project.name);
const report = join(import.meta.dirname, 'dist/test-reports', `${project.name}.json`);
const conditions = ['@tandem/source', 'node', 'development|production'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['**/*.spec.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    passWithNoTests: true,
    reporters: ['default', 'json'],
    outputFile: { json: report },
    pool: 'forks',
    // Loading all modules again for every file took as long as the tests.
    isolate: needsOwnProcesses,
    // Only for what hangs: a crowded machine must not fail a test.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
