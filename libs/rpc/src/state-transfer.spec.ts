import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { CollectiveServer } from './collective-server.js';
import { fetchState } from './fetch-state.js';
import { fetchWorkerState } from './fetch-worker-state.js';
import type { Member, StateChunk } from './messages.js';
import { memorySource } from './stored-state.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function serve(state: Uint8Array | undefined): Promise<Member> {
  const server = await CollectiveServer.listen({ host: '127.0.0.1', port: 0 });
  cleanUps.push(() => server.close());
  if (state !== undefined) server.offer({ runId: 'run', step: 5, state: memorySource(state) });
  return { rank: 0, name: 'w0', address: `127.0.0.1:${server.port}` };
}

describe('state transfer', () => {
  it.each([0, 1, 1024 * 1024, 40 * 1024 * 1024 + 3])('brings %i bytes of shared memory over', async (size) => {
    const state = new Uint8Array(new SharedArrayBuffer(size));
    state.set(randomBytes(Math.min(size, 3 * 1024 * 1024 + 1)));
    const progress: number[] = [];
    const member = await serve(state);
    const received = await fetchWorkerState(
      member,
      { runId: 'run', step: 5 },
      { onProgress: (bytes) => progress.push(bytes) },
    );
    expect(received.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(Buffer.compare(received, state)).toBe(0);
    expect(progress.at(-1)).toBe(size);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  it.each([
    ['another step', new Uint8Array(4), { runId: 'run', step: 6 }, 'offers that after step 5 of run run'],
    ['another run', new Uint8Array(4), { runId: 'other', step: 5 }, 'after step 5 of run other was asked for'],
    ['nothing offered', undefined, { runId: 'run', step: 5 }, 'this worker offers none'],
  ])('is refused for %s, by name', async (_, state, request, message) => {
    const member = await serve(state);
    await expect(fetchWorkerState(member, request)).rejects.toMatchObject({
      code: 'TANDEM_STATE_UNAVAILABLE',
      message: expect.stringMatching(`rank 0 \\(w0\\) at .*NOT_FOUND.*${message}`),
    });
  });

  it('is stopped by its signal', async () => {
    const member = await serve(new Uint8Array(8 * 1024 * 1024));
    const aborting = new AbortController();
    const onProgress = () => aborting.abort(new Error('enough'));
    const fetching = fetchWorkerState(member, { runId: 'run', step: 5 }, { onProgress, signal: aborting.signal });
    await expect(fetching).rejects.toThrow('enough');
  });
});

describe('fetchState, of a sender that is at fault', () => {
  const digestOfAbcd = '88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589';

  function chunk(offset: number, totalBytes: number, text: string, sha256 = ''): StateChunk {
    return { offset, totalBytes, data: Buffer.from(text), sha256 };
  }

  function fetching(chunks: StateChunk[], end = true): Promise<Uint8Array> {
    return fetchState({
      open: ({ onChunk, onEnd }) => {
        let cancelled = false;
        const send = () => {
          for (const each of chunks) if (!cancelled) onChunk(each);
          if (end && !cancelled) onEnd();
        };
        setImmediate(send);
        return { cancel: () => (cancelled = true) };
      },
      from: 'rank 0',
      stallTimeoutMs: end ? 10_000 : 50,
    });
  }

  it('takes what is whole', async () => {
    const state = await fetching([chunk(0, 4, 'ab'), chunk(2, 4, 'cd', digestOfAbcd)]);
    expect(Buffer.from(state).toString()).toBe('abcd');
  });

  it.each([
    ['a digest of other bytes', [chunk(0, 4, 'abcX', digestOfAbcd)], /SHA-256 is .* where 88d4266f.* was announced/],
    ['no digest', [chunk(0, 4, 'abcd')], /where none was announced/],
    ['a gap', [chunk(0, 4, 'ab'), chunk(3, 4, 'd', digestOfAbcd)], /starts at byte 3 where 2 was next/],
    ['an end too early', [chunk(0, 4, 'ab', digestOfAbcd)], /ended at byte 2 of 4/],
    ['too many bytes', [chunk(0, 4, 'abcde', digestOfAbcd)], /more than the 4 bytes announced/],
    ['a changed size', [chunk(0, 4, 'ab'), chunk(2, 5, 'cd', digestOfAbcd)], /size changed from 4 to 5/],
    ['nothing', [], /nothing came/],
  ])('refuses %s', async (_, chunks, message) => {
    await expect(fetching(chunks)).rejects.toMatchObject({
      code: 'TANDEM_STATE_CORRUPT',
      message: expect.stringMatching(message),
    });
  });

  it('gives up when it stalls', async () => {
    await expect(fetching([chunk(0, 4, 'ab')], false)).rejects.toMatchObject({
      code: 'TANDEM_STATE_STALLED',
      context: { received: 2, ms: 50 },
    });
  });
});
