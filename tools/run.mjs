import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
export const cli = join(root, 'apps/cli/dist/main.js');

/**
 * Runs a program in the root with this terminal, and resolves to its exit status. Ctrl-C reaches it as it does this process,
 * which waits for it to end in its own way.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [environment] added to this process's
 * @returns {Promise<number>}
 */
export function run(command, args, environment = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } });
    const ignore = () => undefined;
    const forward = () => child.kill('SIGTERM');
    process.on('SIGINT', ignore).on('SIGTERM', forward);
    const done = () => process.off('SIGINT', ignore).off('SIGTERM', forward);
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('close', (status) => {
      done();
      resolve(status ?? 1);
    });
  });
}

/**
 * The same with Node itself: `node script.js …`.
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [environment]
 */
export function node(args, environment) {
  return run(process.execPath, args, environment);
}

/** Ends this process with a message when a step has failed. */
export function orExit(status, message) {
  if (status === 0) return;
  process.stderr.write(`\n${message}\n`);
  process.exit(status);
}
