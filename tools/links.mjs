import { pathToFileURL } from 'node:url';
import { node } from './run.mjs';

// `npm run links`: every link in the pages to a file or a heading of this repository leads there. Asks no network.

const PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'docs', 'deploy'];

/** 0 where all are right; else they are named. */
export function checkLinks() {
  const flags = ['--frail', '--quiet', '--no-stdout', '--use', 'remark-validate-links=repository:false'];
  return node(['node_modules/remark-cli/cli.js', ...flags, ...PAGES]);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await checkLinks();
