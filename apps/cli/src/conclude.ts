import type { Terminal } from '@tandem/observability';
import { type RunOutcome, metricsFile } from '@tandem/coordinator';
import { RunError, INTERRUPTED_EXIT_CODE } from '@tandem/core';

/**
 * Says how a run ended and where its results are, and gives the exit code: 0 when it finished, and when it was stopped in
 * order with a checkpoint to go on from; 130 when it was interrupted without one. Throws the root cause of a failed run.
 */
export function conclude(outcome: RunOutcome, runDirectory: string, terminal: Terminal): number {
  const { result, step, checkpoint, missedCheckpoints, reason, error } = outcome;
  if (result === 'failed') throw error ?? new RunError({ code: 'TANDEM_RUN_FAILED', what: reason ?? 'the run failed' });
  if (result === 'aborted' || (result === 'stopped' && checkpoint === undefined)) {
    terminal.writeLine(`Interrupted at step ${step} without a checkpoint of it (${reason ?? 'aborted'}).`);
    return INTERRUPTED_EXIT_CODE;
  }
  const how =
    result === 'stopped' ? `Stopped after step ${step}; --resume goes on from there.` : `Finished at step ${step}.`;
  if (missedCheckpoints.length > 0)
    terminal.writeLine(`Checkpoints that could not be written on the way: step ${missedCheckpoints.join(', ')}.`);
  terminal.writeLine(`${how}\n  checkpoint  ${checkpoint ?? 'none'}\n  metrics     ${metricsFile(runDirectory)}`);
  return 0;
}
