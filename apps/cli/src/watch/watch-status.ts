import { delay, onStopSignals, RunError } from '@tandem/core';
import { type ClusterStatus, getStatus, type Security } from '@tandem/rpc';
import { statusText } from '../status-text.js';
import { FullScreen, type ScreenInput, type ScreenOutput } from './full-screen.js';
import { inColour, plain } from './paint.js';
import { lastFirst, statusScreen } from './status-screen.js';

export const WATCH_INTERVAL_MS = 1_000;

/** A coordinator that does not answer may be about to come back: it is looked for so long. */
export const GONE_AFTER_MS = 30_000;

/** Rows that PgUp and PgDn move by. */
const PAGE = 10;

const MOVES: Readonly<Record<string, number>> = {
  ...{ '\u001b[A': -1, k: -1, '\u001b[B': 1, j: 1, '\u001b[5~': -PAGE, '\u001b[6~': PAGE },
  ...{ '\u001b[H': -Infinity, '\u001b[F': Infinity },
};

export interface WatchOptions {
  readonly address: string;
  readonly security: Security;
  readonly output?: ScreenOutput & { readonly hasColors?: () => boolean };
  readonly input?: ScreenInput;
  /** Default: getStatus with all detail. */
  readonly ask?: () => Promise<ClusterStatus>;
  readonly intervalMs?: number;
  readonly goneAfterMs?: number;
}

/**
 * Shows a run on the whole terminal until it ends, or `q`, Ctrl-C or a signal; then how it was last stays in the terminal's
 * own screen. Rejects as getStatus does, the terminal being restored.
 */
export async function watchStatus(options: WatchOptions): Promise<void> {
  const { address, security, output = process.stdout, intervalMs = WATCH_INTERVAL_MS } = options;
  const { goneAfterMs = GONE_AFTER_MS, ask = () => getStatus(address, { security, detail: true }) } = options;
  // Before the screen changes: who cannot be asked at all is an error of the command.
  let status = await ask();
  let first = 0;
  let silentSince: number | undefined;
  const quit = new AbortController();
  const paint = output.hasColors?.() === true ? inColour : plain;
  const draw = () => {
    const trouble =
      silentSince === undefined
        ? undefined
        : `${address} has not answered for ${((performance.now() - silentSince) / 1000).toFixed(0)} s: looking for it (q quits)`;
    screen.draw(statusScreen(status, { ...screen.size, paint, address, first, trouble }));
  };
  const screen = new FullScreen({
    output,
    ...(options.input !== undefined && { input: options.input }),
    onResize: draw,
    onKey: (key) => {
      if (key === 'q' || key === 'Q' || key === '\u0003') return quit.abort();
      const move = MOVES[key];
      if (move === undefined) return;
      first = Math.max(0, Math.min(lastFirst(status, screen.size), first + move));
      draw();
    },
  });
  const leave = () => quit.abort();
  const stopListening = onStopSignals({ stop: leave, abort: leave });
  try {
    draw();
    while (!isOver(status)) {
      await delay(intervalMs, quit.signal).catch(() => undefined);
      if (quit.signal.aborted) return;
      try {
        status = await ask();
        silentSince = undefined;
      } catch (error) {
        if (!(error instanceof RunError) || error.code !== 'TANDEM_NO_COORDINATOR') throw error;
        silentSince ??= performance.now();
        if (isEnding(status) || performance.now() - silentSince >= goneAfterMs) break;
      }
      draw();
    }
  } finally {
    stopListening();
    screen.close();
  }
  output.write(`${statusText(status)}\n`);
  if (!isOver(status)) output.write('The coordinator has ended.\n');
}

/** Its coordinator does not come back. */
function isEnding({ state, step, totalSteps }: ClusterStatus): boolean {
  return state === 'stopping' || (totalSteps > 0 && step >= totalSteps);
}

export function isOver({ state }: Pick<ClusterStatus, 'state'>): boolean {
  return state === 'finished' || state === 'failed';
}
