import { EventEmitter } from 'node:events';
import { RunError } from '@tandem/core';
import { LOOPBACK_ONLY, type ClusterStatus } from '@tandem/rpc';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ScreenInput, ScreenOutput } from './full-screen.js';
import { watchStatus } from './watch-status.js';

const ENTER = '\u001b[?1049h';
const LEAVE = '\u001b[?25h\u001b[?1049l';

class Output extends EventEmitter {
  text = '';
  columns = 60;
  rows = 20;
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

class Input extends EventEmitter {
  readonly isTTY = true;
  raw = false;
  paused = false;
  setRawMode(raw: boolean) {
    this.raw = raw;
    return this;
  }
  pause() {
    this.paused = true;
    return this;
  }
  resume() {
    this.paused = false;
    return this;
  }
  press(...keys: string[]): void {
    this.emit('data', Buffer.from(keys.join('')));
  }
}

let output: Output;
let input: Input;
let state: ClusterStatus;
let answer: () => Promise<ClusterStatus>;
beforeEach(() => {
  output = new Output();
  input = new Input();
  const members = Array.from({ length: 30 }, (_, rank) => ({
    ...{ rank, name: `worker-${rank}`, host: 'h', address: 'h:1', step: 1, phase: 'data' },
    ...{ heartbeatAgeMs: 1, device: 'cpu' },
  }));
  state = {
    ...{ runId: 'r', state: 'training', generation: 1, step: 1, totalSteps: 10, epoch: 1, loss: 1 },
    ...{ imagesPerSecond: 2, members, detail: null },
  };
  answer = () => Promise.resolve(state);
});

function watch(more: { goneAfterMs?: number } = {}): Promise<void> {
  return watchStatus({
    ...{ address: 'c:7000', security: LOOPBACK_ONLY, intervalMs: 5, ask: () => answer(), ...more },
    output: output as unknown as ScreenOutput,
    input: input as unknown as ScreenInput,
  });
}

const shown = (text: string) =>
  vi.waitFor(() => expect(output.text.includes(text), text).toBe(true), { timeout: 5_000, interval: 2 });
function expectRestored(): void {
  expect(output.text.split(ENTER)).toHaveLength(2);
  expect(output.text.split(LEAVE)).toHaveLength(2);
  expect(input).toMatchObject({ raw: false, paused: true });
  expect([input.listenerCount('data'), output.listenerCount('resize')]).toEqual([0, 0]);
}

describe('watchStatus', () => {
  it('ends by q, with the terminal as it was', async () => {
    const listeners = ['exit', 'SIGINT', 'SIGTERM'].map((event) => process.listenerCount(event));
    const done = watch();
    await shown('generation 1');
    expect(input.raw).toBe(true);
    input.press('x', 'q');
    await done;
    expectRestored();
    expect(output.text.endsWith(LEAVE)).toBe(true);
    expect(['exit', 'SIGINT', 'SIGTERM'].map((event) => process.listenerCount(event))).toEqual(listeners);
  });

  it('ends by Ctrl-C as a key, and by SIGTERM', async () => {
    const done = watch();
    await shown('generation 1');
    input.press('\u0003');
    await done;
    output.text = '';
    const again = watch();
    await shown('generation 1');
    process.emit('SIGTERM');
    await again;
    expect(output.text.endsWith(LEAVE)).toBe(true);
  });

  it('leaves the terminal as it was when the process ends otherwise', async () => {
    const done = watch();
    await shown('generation 1');
    for (const listener of process.listeners('exit').slice(-1)) (listener as () => void)();
    expectRestored();
    input.press('q');
    process.emit('SIGINT');
    await done;
  });

  it('draws anew for another size, and moves among the workers', async () => {
    const done = watch();
    await shown('1 to 10 of 30 workers');
    output.rows = 16;
    output.emit('resize');
    await shown('1 to 6 of 30 workers');
    input.press('\u001b[B', '\u001b[6~');
    await shown('12 to 17 of 30 workers');
    input.press('\u001b[F');
    await shown('25 to 30 of 30 workers');
    input.press('\u001b[5~', '\u001b[A');
    await shown('14 to 19 of 30 workers');
    input.press('q');
    await done;
  });

  it('says how the run has ended, in the terminal’s own screen', async () => {
    const done = watch();
    await shown('generation 1');
    state = { ...state, state: 'finished', step: 10 };
    await done;
    expectRestored();
    expect(output.text.split(LEAVE)[1]).toMatch(/^run r: finished · generation 1 · step 10\/10/);
  });

  it('looks for a coordinator that does not answer, until it is back or was gone for long', async () => {
    const done = watch({ goneAfterMs: 60 });
    await shown('generation 1');
    answer = () => Promise.reject(new RunError({ code: 'TANDEM_NO_COORDINATOR', what: 'nobody' }));
    await shown('c:7000 has not answered for 0 s');
    answer = () => Promise.resolve({ ...state, generation: 2 });
    await shown('generation 2');
    answer = () => Promise.reject(new RunError({ code: 'TANDEM_NO_COORDINATOR', what: 'nobody' }));
    await done;
    expectRestored();
    expect(output.text).toMatch(/The coordinator has ended\.\n$/);
  });

  it('does not look for the coordinator of a run that was at its end', async () => {
    const done = watch();
    await shown('generation 1');
    state = { ...state, state: 'stopping' };
    await shown('stopping');
    answer = () => Promise.reject(new RunError({ code: 'TANDEM_NO_COORDINATOR', what: 'nobody' }));
    await done;
    expect(output.text).toMatch(/The coordinator has ended\.\n$/);
  });

  it('fails as the question fails, with the terminal as it was', async () => {
    const refused = new RunError({ code: 'TANDEM_JOIN_REFUSED', what: 'no token' });
    const done = watch();
    await shown('generation 1');
    answer = () => Promise.reject(refused);
    await expect(done).rejects.toBe(refused);
    expectRestored();
    await expect(watch()).rejects.toBe(refused);
    expect(output.text.split(ENTER)).toHaveLength(2);
  });
});
