import { setTimeout as delay } from 'node:timers/promises';
import type { Recovery } from './figures.js';

/** Somebody's way of training on three workers of which one is killed. */
export interface Side {
  readonly name: string;
  /** Starts three workers, kills one after `killStep`, and waits until three train again. Nothing lives on. */
  run(folder: string, killStep: number): Promise<Recovery>;
}

const POLL_MS = 10;
const TIMEOUT_MS = 180_000;

export async function until(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${TIMEOUT_MS / 1000} s for ${what}`);
    await delay(POLL_MS);
  }
}
