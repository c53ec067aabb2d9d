import { onStopSignals } from '@tandem/core';
import { type ClusterStatus, getStatus, type Security } from '@tandem/rpc';
import { statusText } from '../status-text.js';
import { followStatus, type FollowedStatus, isOver } from './follow-status.js';
import { FullScreen, type ScreenInput, type ScreenOutput } from './full-screen.js';
import { inColour, plain } from './paint.js';
import { lastFirst, statusScreen } from './status-screen.js';

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
  const { address, security, output = process.stdout, intervalMs, goneAfterMs } = options;
  const { ask = () => getStatus(address, { security, detail: true }) } = options;
  const quit = new AbortController();
  const answers = followStatus({
    ...{ ask, signal: quit.signal },
    ...(intervalMs !== undefined && { intervalMs }),
    ...(goneAfterMs !== undefined && { goneAfterMs }),
  });
  // Before the screen changes: who cannot be asked at all is an error of the command.
  let shown = (await answers.next()).value as FollowedStatus;
  let first = 0;
  const paint = output.hasColors?.() === true ? inColour : plain;
  const draw = () => {
    const { status, silentMs } = shown;
    const trouble =
      silentMs === undefined
        ? undefined
        : `${address} has not answered for ${(silentMs / 1000).toFixed(0)} s: looking for it (q quits)`;
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
      first = Math.max(0, Math.min(lastFirst(shown.status, screen.size), first + move));
      draw();
    },
  });
  const leave = () => quit.abort();
  const stopListening = onStopSignals({ stop: leave, abort: leave });
  try {
    draw();
    for await (const answer of answers) {
      shown = answer;
      draw();
    }
    if (quit.signal.aborted) return;
  } finally {
    stopListening();
    screen.close();
  }
  output.write(`${statusText(shown.status)}\n`);
  if (!isOver(shown.status)) output.write('The coordinator has ended.\n');
}
