import { describeError, exitCodeOf, RunError, TandemError, withTimeout } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import type { Communication, GenerationMessage } from '@tandem/rpc';

/** After its last step, a worker waits so long for the others, the last checkpoint and the coordinator's word. */
export const END_OF_RUN_TIMEOUT_MS = 600_000;

/** A worker that fails waits so long to hear what the coordinator found to be the cause. */
export const ROOT_CAUSE_TIMEOUT_MS = 3_000;

/**
 * The next generation, or undefined when the coordinator has ended the run well; rejects with the reason where it failed.
 * `finished`: this worker has done its last step, and should not have to wait for long.
 */
export async function nextGenerationOrEnd(
  communication: Communication,
  finished: boolean,
): Promise<GenerationMessage | undefined> {
  const timeout = {
    name: 'END_OF_RUN_TIMEOUT_MS',
    ms: END_OF_RUN_TIMEOUT_MS,
    waitingFor: 'the coordinator to end the run',
  };
  try {
    const next = communication.nextGeneration();
    return await (finished ? withTimeout(next, timeout) : next);
  } catch (error) {
    if (error instanceof RunError && error.code === 'TANDEM_RUN_ENDED') return undefined;
    throw error;
  }
}

/**
 * Tells the coordinator why this worker ends, and gives the error to end with: what the coordinator says of the run, which
 * knows whose fault came first, or else this worker's own.
 */
export async function reportFailure(communication: Communication, error: unknown, log: Logger): Promise<unknown> {
  if (error instanceof RunError && error.code === 'TANDEM_RUN_ENDED') return error;
  const code = error instanceof TandemError ? error.code : 'TANDEM_UNFORESEEN';
  log.error({ code, err: error }, describeError(error));
  if (communication.lost !== undefined || communication.end !== undefined) return error;
  const peer = error instanceof TandemError && typeof error.context['peer'] === 'string' ? error.context['peer'] : '';
  communication.report({ failure: { code, message: describeError(error), peer, exitCode: exitCodeOf(error) } });
  const timeout = {
    name: 'ROOT_CAUSE_TIMEOUT_MS',
    ms: ROOT_CAUSE_TIMEOUT_MS,
    waitingFor: 'the coordinator to name the cause',
  };
  try {
    for (;;) await withTimeout(communication.nextGeneration(), timeout);
  } catch (end) {
    return peer !== '' && end instanceof RunError && end.code === 'TANDEM_RUN_FAILED' ? end : error;
  }
}
