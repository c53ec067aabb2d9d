import { connect as connectHttp2, constants } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FuzzMessage } from './fuzz-message.js';

/** A call that is left hanging is given up after so long; one that should be answered fails the run. */
const HANG_MS = 50;
const WAIT_MS = 500;
const ANSWER_TIMEOUT_MS = 30_000;

/** Sends a message and says how it ended: a gRPC status, "closed", "reset"…; "no answer" is a fault of the service. */
export async function sendFuzz(port: number, message: FuzzMessage, token: string): Promise<string> {
  return message.path === undefined ? sendRaw(port, message) : sendCall(port, message.path, message, token);
}

function sendRaw(port: number, { pieces, ending }: FuzzMessage): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1', () => {
      for (const piece of pieces) socket.write(piece);
      if (ending === 'end') socket.end();
      else setTimeout(() => (ending === 'reset' ? socket.resetAndDestroy() : socket.destroy()), HANG_MS);
    });
    const late = setTimeout(() => socket.destroy(), WAIT_MS);
    socket.on('error', () => undefined);
    socket.resume();
    socket.on('close', () => {
      clearTimeout(late);
      resolve('closed');
    });
  });
}

async function sendCall(port: number, path: string, message: FuzzMessage, token: string): Promise<string> {
  const { pieces, ending, known, headers } = message;
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  try {
    const answered = new Promise<string>((resolve) => {
      session.once('close', () => resolve('closed'));
      const stream = session.request({
        ...headers,
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...(known && { authorization: `Bearer ${token}` }),
      });
      const status = (of: Record<string, unknown>) => {
        if (of['grpc-status'] !== undefined) resolve(`status ${String(of['grpc-status'])}`);
      };
      stream.on('response', (of) => status(of));
      stream.on('trailers', (of) => status(of));
      stream.on('error', () => resolve('reset'));
      stream.on('close', () => resolve('closed'));
      stream.resume();
      for (const piece of pieces) stream.write(piece);
      // Who gives a call up is owed no answer; what came before that counts.
      const giveUp = () => {
        if (ending === 'hang up') session.destroy();
        else stream.close(constants.NGHTTP2_CANCEL);
        setImmediate(() => resolve('given up'));
      };
      if (ending === 'end') stream.end();
      else if (ending === 'reset') giveUp();
      else setTimeout(giveUp, HANG_MS);
    });
    // A worker's stream is to last, and a pull of a generation that is to come waits for it.
    const [limitMs, late] = /\/(Pull|Join)$/.test(path) ? [WAIT_MS, 'waits'] : [ANSWER_TIMEOUT_MS, 'no answer'];
    const limit = new AbortController();
    const ended = await Promise.race([answered, sleep(limitMs, late, { signal: limit.signal }).catch(() => late)]);
    limit.abort();
    return ended;
  } finally {
    session.destroy();
  }
}
