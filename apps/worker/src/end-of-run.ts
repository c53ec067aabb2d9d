import { describeError, exitCodeOf, RunError, TandemError, withTimeout } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import type { Communication, GenerationMessage } from '@tandem/rpc';
import { NonFiniteError } from '@tandem/training';

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
    const next = communication.generations.next();
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
  log.error({ event: 'worker.failed', code, err: error }, describeError(error));
  if (communication.lost !== undefined || communication.end !== undefined) return error;
  // All ranks end by it, and have told what they know: the coordinator puts it together.
  if (error instanceof NonFiniteError) return (await endOfFailedRun(communication, END_OF_RUN_TIMEOUT_MS)) ?? error;
  const peer = error instanceof TandemError && typeof error.context['peer'] === 'string' ? error.context['peer'] : '';
  communication.report({ failure: { code, message: describeError(error), peer, exitCode: exitCodeOf(error) } });
  const end = await endOfFailedRun(communication, ROOT_CAUSE_TIMEOUT_MS);
  return peer !== '' && end !== undefined ? end : error;
}

/** What the coordinator says of the run that it ended as failed; undefined where it says nothing in time. */
async function endOfFailedRun(communication: Communication, ms: number): Promise<unknown> {
  const name = ms === ROOT_CAUSE_TIMEOUT_MS ? 'ROOT_CAUSE_TIMEOUT_MS' : 'END_OF_RUN_TIMEOUT_MS';
  try {
    for (;;)
      await withTimeout(communication.generations.next(), {
        name,
        ms,
        waitingFor: 'the coordinator to name the cause',
      });
  } catch (end) {
    return end instanceof RunError && end.code === 'TANDEM_RUN_FAILED' ? end : undefined;
  }
}
