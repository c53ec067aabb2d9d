import { printable } from '../validation/printable.js';

/** The same refusal of the same host is told again only after so long, with how often it came meanwhile. */
export const REFUSAL_REPEAT_MS = 60_000;

/** Hosts and reasons that are remembered; beyond, the oldest are forgotten. */
const MAX_REMEMBERED = 1_024;

interface Remembered {
  toldAtMs: number;
  untold: number;
}

/** Tells of refused callers: each host and reason once, whatever a stranger does to fill the log. */
export class RefusalLog {
  readonly #tell: (text: string) => void;
  readonly #now: () => number;
  readonly #remembered = new Map<string, Remembered>();

  constructor(tell: (text: string) => void, now: () => number = () => performance.now()) {
    this.#tell = tell;
    this.#now = now;
  }

  /** @param peer host:port */
  add(peer: string, reason: string): void {
    const key = `${peer.replace(/:\d+$/, '')} ${reason}`;
    const now = this.#now();
    const known = this.#remembered.get(key);
    if (known !== undefined && now - known.toldAtMs < REFUSAL_REPEAT_MS) {
      known.untold++;
      return;
    }
    const more =
      known === undefined || known.untold === 0 ? '' : ` (and ${known.untold} times more since it was last told)`;
    this.#remembered.delete(key);
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.delete(this.#remembered.keys().next().value!);
    this.#remembered.set(key, { toldAtMs: now, untold: 0 });
    this.#tell(`refused ${peer}: ${printable(reason)}${more}`);
  }
}

/** "10.0.0.1:4711"; what a socket says of who is at its other end. */
export function peerOf(
  socket: { remoteAddress?: string | undefined; remotePort?: number | undefined } | undefined,
): string {
  const host = socket?.remoteAddress?.replace(/^::ffff:/, '') ?? 'unknown';
  return `${host.includes(':') ? `[${host}]` : host}:${socket?.remotePort ?? 0}`;
}
