import { exitCodeOf } from '@tandem/core';
import { CommanderError } from 'commander';
import { errorText } from './error-text.js';
import { buildProgramFor } from './program.js';

/** Commander ends with 1 on a wrong option; here that is a bad configuration. */
const USAGE_EXIT_CODE = 2;

/** These have more to do than to print. */
const TRAINING = ['run', 'coordinator', 'worker'];

const [name = '', ...rest] = process.argv.slice(2);
// `tandem runs | head`: nobody reads the rest. A run goes on all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (!TRAINING.includes(name)) process.exit();
});

try {
  await (await buildProgramFor([name, ...rest])).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
  } else {
    process.stderr.write(errorText(error));
    process.exitCode = exitCodeOf(error);
  }
}
