import { describe, expect, it } from 'vitest';
import { PreparedStream } from './prepared-stream.js';

const script = (body: string) =>
  new URL(`data:text/javascript,${encodeURIComponent(`import { parentPort } from 'node:worker_threads';${body}`)}`);
const opened = `parentPort.postMessage({ type: 'opened', samples: 3, channels: 1 });`;
const open = (entry: URL, timeoutMs = 60_000) =>
  PreparedStream.open({
    source: { format: 'idx', path: 'nowhere' },
    samples: 3,
    plan: {
      inputSize: 1,
      resize: undefined,
      pad: 0,
      randomCrop: false,
      mirror: false,
      flip: false,
      quarterTurns: false,
      scale: 1,
      crops: 1,
    },
    mean: [0],
    seed: 0,
    rows: 1,
    jobs: [{ epoch: 1, indices: Uint32Array.of(0), about: 1 }],
    prefetch: 1,
    timeoutMs,
    entry,
  });

describe('a thread that dies', () => {
  it('while it opens the source', async () => {
    await expect(open(script('process.exit(3)'))).rejects.toMatchObject({ code: 'TANDEM_DATA_THREAD', exitCode: 1 });
  });

  it('while a batch is waited for', async () => {
    const stream = await open(script(`${opened} parentPort.on('message', () => process.exit(3));`));
    await expect(stream.next()).rejects.toThrow('the batch thread ended with code 3');
    await stream.close();
  });

  it('of an error nobody caught', async () => {
    const stream = await open(script(`${opened} parentPort.on('message', () => { throw new Error('oops'); });`));
    await expect(stream.next()).rejects.toMatchObject({
      code: 'TANDEM_DATA_THREAD',
      message: expect.stringContaining('died: oops') as string,
    });
    await stream.close();
  });
});

it('a thread that says nothing is not waited for without end', async () => {
  const stream = await open(
    script(`${opened} parentPort.on('message', ({ type }) => { if (type === 'close') parentPort.close(); });`),
    500,
  );
  await expect(stream.next()).rejects.toMatchObject({ code: 'TANDEM_TIMEOUT' });
  await stream.close();
});
