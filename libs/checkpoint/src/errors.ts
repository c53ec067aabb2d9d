import { ConfigurationError, RunError } from '@tandem/core';

/** A checkpoint, or one of its files, that cannot be trusted. Thrown by every reader. */
export function brokenCheckpoint(file: string, what: string, expected: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError({ code: 'TANDEM_CHECKPOINT_BROKEN', what, where: file, expected, cause });
}

/** A whole checkpoint of another network than the one that is to be filled from it. */
export function checkpointMismatch(directory: string, what: string, expected: string): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_CHECKPOINT_MISMATCH',
    what,
    where: directory,
    expected,
    remedy: 'Use the configuration that the checkpoint was written with.',
  });
}

/** A checkpoint that could not be written: disk full, folder gone, no permission. */
export function checkpointWriteFailed(directory: string, cause: unknown): RunError {
  return new RunError({
    code: 'TANDEM_CHECKPOINT_WRITE',
    what: `the checkpoint could not be written`,
    where: directory,
    remedy: 'Check that the disk has room and the folder can be written to.',
    cause,
  });
}
