import { RunError } from './errors.js';

export interface NamedTimeout {
  /** The configuration key or constant that sets it: what a person would change. */
  readonly name: string;
  readonly ms: number;
  /** What is waited for: "the first message of the coordinator at 10.0.0.1:7000". */
  readonly waitingFor: string;
}

/** Resolves or rejects as `promise` does, or rejects with a RunError (`TANDEM_TIMEOUT`) that names the timeout. */
export async function withTimeout<T>(promise: Promise<T>, timeout: NamedTimeout): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new RunError({
          code: 'TANDEM_TIMEOUT',
          what: `waited ${timeout.ms} ms for ${timeout.waitingFor}`,
          remedy: `The limit is ${timeout.name}.`,
          context: { timeout: timeout.name, ms: timeout.ms },
        }),
      );
    }, timeout.ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves after `ms`, or at once with a rejection when `signal` is aborted. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
