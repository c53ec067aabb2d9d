import type { Http2Session } from 'node:http2';
import { KEEPALIVE_TIMEOUT_MS, KEEPALIVE_TIME_MS } from './channel-options.js';

/** Probes a connection for as long as it stands, and closes it when a probe goes unanswered. */
export function keepAlive(session: Http2Session): void {
  let late: NodeJS.Timeout | undefined;
  const probe = () => {
    if (session.destroyed || late !== undefined) return;
    late = setTimeout(() => session.destroy(), KEEPALIVE_TIMEOUT_MS).unref();
    session.ping(() => {
      clearTimeout(late);
      late = undefined;
    });
  };
  const timer = setInterval(probe, KEEPALIVE_TIME_MS).unref();
  session.once('close', () => {
    clearInterval(timer);
    clearTimeout(late);
  });
}
