const signals = ['SIGINT', 'SIGTERM'] as const;

/** 128 + SIGINT, as a shell has it. */
export const INTERRUPTED_EXIT_CODE = 130;

export interface StopHandlers {
  /** The first signal: end in order. */
  readonly stop: (signal: string) => void;
  /** The second: end at once. */
  readonly abort: (signal: string) => void;
}

/** Listens for Ctrl-C and termination. Gives a function that stops listening. */
export function onStopSignals({ stop, abort }: StopHandlers): () => void {
  let asked = false;
  const listener = (signal: NodeJS.Signals) => {
    if (asked) return abort(signal);
    asked = true;
    stop(signal);
  };
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}
