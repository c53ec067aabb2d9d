/** Commands that work on where nobody reads their output any more: what they say is in their logs too. */
const WORKS_ON = new Set(['run', 'coordinator', 'worker']);

/**
 * What reads a command's output has gone, as `head` does when it has seen enough: not a fault. The command ends, unless it
 * trains: a terminal that was closed ends no run.
 */
export function endWithReader(command: string | undefined, output: NodeJS.WriteStream = process.stdout): void {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (command === undefined || !WORKS_ON.has(command)) process.exit();
  });
}
