const STOP_SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** 128 + SIGINT, as a shell has it. */
const INTERRUPTED = 130;

/**
 * The first signal calls `stop`, a second one ends the process at once. A managed worker leaves signals to its parent, which
 * the terminal's Ctrl-C reaches as well. Gives a function that restores what was.
 */
export function onStopSignals(managed: boolean, stop: (signal: string) => void): () => void {
  let asked = false;
  const listener = (signal: NodeJS.Signals) => {
    if (managed) return;
    if (asked) process.exit(INTERRUPTED);
    asked = true;
    stop(signal);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of STOP_SIGNALS) process.off(signal, listener);
  };
}
