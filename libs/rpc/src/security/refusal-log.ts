import { printable } from '../validation/printable.js';

/** The same refusal of the same host is told again only after so long, with how often it came meanwhile. */
export const REFUSAL_REPEAT_MS = 60_000;

/** Different reasons that one host is told of in that time; what else it thinks of is left out. */
export const MAX_REASONS_A_HOST = 16;

/** Hosts, and hosts with reasons, that are remembered; beyond, the oldest are forgotten. */
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
  readonly #hosts = new Map<string, { sinceMs: number; reasons: number }>();

  constructor(tell: (text: string) => void, now: () => number = () => performance.now()) {
    this.#tell = tell;
    this.#now = now;
  }

  /** @param peer host:port */
  add(peer: string, reason: string): void {
    const hostOf = peer.replace(/:\d+$/, '');
    const key = `${hostOf} ${reason}`;
    const now = this.#now();
    const known = this.#remembered.get(key);
    if (known !== undefined && now - known.toldAtMs < REFUSAL_REPEAT_MS) {
      known.untold++;
      return;
    }
    if (!this.#mayTell(hostOf, now)) return;
    const more =
      known === undefined || known.untold === 0 ? '' : ` (and ${known.untold} times more since it was last told)`;
    remember(this.#remembered, key, { toldAtMs: now, untold: 0 });
    this.#tell(`refused ${peer}: ${printable(reason)}${more}`);
  }

  #mayTell(hostOf: string, now: number): boolean {
    const host = this.#hosts.get(hostOf);
    if (host === undefined || now - host.sinceMs >= REFUSAL_REPEAT_MS)
      remember(this.#hosts, hostOf, { sinceMs: now, reasons: 1 });
    else if (host.reasons++ >= MAX_REASONS_A_HOST) return false;
    return true;
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  if (map.size >= MAX_REMEMBERED) map.delete(map.keys().next().value!);
  map.set(key, value);
}

/** "10.0.0.1:4711"; what a socket says of who is at its other end. */
export function peerOf(
  socket: { remoteAddress?: string | undefined; remotePort?: number | undefined } | undefined,
): string {
  const host = socket?.remoteAddress?.replace(/^::ffff:/, '') ?? 'unknown';
  return `${host.includes(':') ? `[${host}]` : host}:${socket?.remotePort ?? 0}`;
}
