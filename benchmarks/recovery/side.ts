import { setTimeout as delay } from 'node:timers/promises';
import type { Recovery } from './figures.js';

/** Somebody's way of training on three workers of which one is killed. */
export interface Side {
  readonly name: string;
  /**
   * Starts three workers, kills one after `killStep`, and waits until three train again. Undefined: they did not within
   * RECOVERY_TIMEOUT_MS. Nothing lives on.
   */
  run(folder: string, killStep: number): Promise<Recovery | undefined>;
}

const POLL_MS = 10;
const START_TIMEOUT_MS = 180_000;
/** Whoever does not train again within so long has not recovered. */
export const RECOVERY_TIMEOUT_MS = 60_000;

/** Fails by name when a job does not come so far. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  if (!(await within(START_TIMEOUT_MS, condition))) throw new Error(`waited ${START_TIMEOUT_MS / 1000} s for ${what}`);
}

/** Whether it comes true in that time. */
export async function within(timeoutMs: number, condition: () => boolean): Promise<boolean> {
  const end = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > end) return false;
    await delay(POLL_MS);
  }
  return true;
}
