import { exitCodeOf } from '@tandem/core';
import { CommanderError } from 'commander';
import { endWithReader } from './closed-output.js';
import { errorText } from './error-text.js';
import { buildProgramFor } from './program.js';

/** Commander ends with 1 on a wrong option; here that is a bad configuration. */
const USAGE_EXIT_CODE = 2;

endWithReader(process.argv[2]);
try {
  await (await buildProgramFor(process.argv.slice(2))).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
  } else {
    process.stderr.write(errorText(error));
    process.exitCode = exitCodeOf(error);
  }
}
