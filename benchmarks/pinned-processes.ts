import { execa, type ResultPromise } from 'execa';
import { createServer, type AddressInfo } from 'node:net';
import { cpus } from 'node:os';

/** Starts a program on the core of a rank: ranks beyond the cores share them. */
export function startPinned(rank: number, command: string, args: readonly string[]): ResultPromise {
  const core = String(rank % cpus().length);
  return execa('taskset', ['-c', core, command, ...args], { stderr: ['pipe', 'inherit'], cleanup: true });
}

/** Waits for all. If one fails, the others are ended: they would wait for it. */
export async function endOf(running: readonly ResultPromise[]): Promise<string[]> {
  try {
    const ended = await Promise.all(running);
    return ended.map(({ stdout }) => String(stdout));
  } finally {
    for (const each of running) each.kill();
    await Promise.allSettled(running);
  }
}

/** A port of 127.0.0.1 that nobody had a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
