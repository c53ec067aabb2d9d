import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { checkLinks } from './links.mjs';
import { node, root } from './run.mjs';
import { reportOf, tally, total } from './test-reports.mjs';

// `npm test`: everything, from nothing. Its last line is "N passed, N failed", which is also left in dist/test-summary.

const summary = join(root, 'dist/test-summary');
rmSync(summary, { force: true });
await bootstrap();
rmSync(join(root, 'dist/test-reports'), { recursive: true, force: true });

const quiet = { NX_TUI: 'false', NX_DAEMON: 'false' };
// What a target depends on is the build, which bootstrap has made.
const nx = (target) =>
  node(
    ['node_modules/nx/dist/bin/nx.js', 'run-many', '-t', target, '--parallel=2', '--exclude-task-dependencies'],
    quiet,
  );

// All types in one program: project by project, each would check what it depends on again.
const types = await node(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.check.json']);
const links = await checkLinks();
const checks = (await nx('lint')) || types || links;
const units = await nx('test');
const processes = await node(['node_modules/vitest/vitest.mjs', 'run', '--root', 'tests']);

const { passed, failed } = total([
  { passed: 0, failed: checks === 0 ? 0 : 1 },
  atLeastOne(units, total(projects().map((name) => tally(reportOf(name))))),
  atLeastOne(processes, tally(reportOf('@tandem/tests'))),
]);
if (checks !== 0) process.stdout.write('lint, types or links failed (above)\n');
const line = `${passed} passed, ${failed} failed\n`;
mkdirSync(join(root, 'dist'), { recursive: true });
writeFileSync(summary, line);
process.stdout.write(line);
process.exitCode = failed === 0 ? 0 : 1;

/** The names of the packages that have unit tests. */
function projects() {
  const inGroups = ['apps', 'libs'].flatMap((group) =>
    readdirSync(join(root, group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(group, name)),
  );
  return [...inGroups, 'benchmarks']
    .map((folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')))
    .filter(({ scripts }) => scripts?.test !== undefined)
    .map(({ name }) => name);
}

/** A runner that failed without saying which test did counts as a failure too. */
function atLeastOne(status, { passed: good, failed: bad }) {
  return { passed: good, failed: status !== 0 && bad === 0 ? 1 : bad };
}
