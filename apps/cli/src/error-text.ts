import { describeError, TandemError } from '@tandem/core';

/** What a person reads when a command fails: the message and its code; a stack only of what nobody foresaw. */
export function errorText(error: unknown): string {
  if (error instanceof TandemError) return `tandem: ${describeError(error)} [${error.code}]\n`;
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `tandem: an unforeseen error; please report it with this text.\n${stack}\n`;
}
