import type { Hello } from '@tandem/rpc';

export interface OpenRun {
  readonly runId: string;
  readonly isOver: boolean;
  readonly isStopping: boolean;
}

/** Why nobody, or not this worker, may join the run; undefined: it may. */
export function closedBecause({ name, runId }: Pick<Hello, 'name' | 'runId'>, run: OpenRun): string | undefined {
  if (run.isOver) return 'the run is over';
  if (runId !== '' && runId !== run.runId)
    return `this is run ${run.runId}, and ${name} is in run ${runId}, which did not go on from its last step: start it anew`;
  return run.isStopping ? 'the run is stopping' : undefined;
}
