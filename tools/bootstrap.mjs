import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cli, node, orExit, root, run } from './run.mjs';

// What `npm test` and `npm run demo` begin with, so that each works as the first command in a fresh clone. npm runs no
// `pre` scripts here (.npmrc: ignore-scripts), hence a call and not a hook.

const lockfile = join(root, 'package-lock.json');
const installed = join(root, 'node_modules/.package-lock.json');
const stamp = join(root, 'node_modules/.tandem-lock-sha256');

/** Installs packages, builds, and provisions TensorFlow; quick when there is nothing to do. Ends the process if it cannot. */
export async function bootstrap() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 11) || major > 26)
    orExit(
      2,
      `This is Node ${process.versions.node}; Tandem runs on 20.11 and newer, 22, 24 and 26. Install one of these.`,
    );
  if (!packagesAreInstalled()) {
    process.stderr.write('installing packages\n');
    orExit(
      await npm('ci'),
      'The packages could not be installed (npm ci, above). Check the network and the registry (npm config get registry), and run this again.',
    );
    writeFileSync(stamp, lockDigest());
  }
  orExit(await node(['node_modules/typescript/bin/tsc', '-b']), 'The sources do not compile (above).');
  orExit(await node([cli, 'setup']), 'The native TensorFlow could not be set up (above).');
}

/** npm writes `.package-lock.json` last, so an install that was cut off does not count. */
function packagesAreInstalled() {
  if (!existsSync(installed)) return false;
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockDigest()) return true;
  return statSync(installed).mtimeMs >= statSync(lockfile).mtimeMs;
}

function lockDigest() {
  return createHash('sha256').update(readFileSync(lockfile)).digest('hex');
}

/** The npm that runs this script, or that of the PATH. */
function npm(...args) {
  const script = process.env.npm_execpath;
  return script?.endsWith('.js') ? node([script, ...args]) : run('npm', args);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await bootstrap();
