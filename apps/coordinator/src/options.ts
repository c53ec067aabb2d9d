import type { Terminal } from '@tandem/observability';
import type { RunConfig } from '@tandem/core';
import type { Security } from '@tandem/rpc';
import type { DrawSamples } from './page/page-samples.js';
import type { TimelineSteps } from './timeline/timeline-steps.js';

export interface CoordinatorOptions {
  readonly config: RunConfig;
  /** Where the run's files go; made where it is missing. */
  readonly runDirectory: string;
  /** HOST:PORT; port 0 takes any free one. */
  readonly listen: string;
  /** How workers know this coordinator, and it them. Default: LOOPBACK_ONLY. */
  readonly security?: Security;
  /** Go on from the newest whole checkpoint in the run directory. Default: false. */
  readonly resume?: boolean;
  /** The run ends when this step is committed. Default: after `training.epochs`. */
  readonly lastStep?: number;
  /** Starts as soon as exactly so many are prepared, whatever `cluster` says. Default: by cluster.minWorkers and maxWorkers. */
  readonly worldSize?: number;
  /** Hears of every worker that is lost while the run goes on. */
  readonly onWorkerLost?: (worker: string, error: Error) => void;
  /** A timeline of some steps, in Chrome's trace format. Default: none; steps: DEFAULT_TIMELINE_STEPS. */
  readonly timeline?: { readonly file: string; readonly steps?: TimelineSteps };
  /** What the run was started with, for run.json; without secrets. Default: none. */
  readonly command?: readonly string[];
  /** The folder that its workers load `model.module` from, for run.json. Default: not known here. */
  readonly modules?: string;
  /** HOST:PORT of `/metrics` and `/health`. Default: none. */
  readonly metricsListen?: string;
  /** The web page: HOST:PORT, and what draws the samples it shows. Default: no page; a page without samples. */
  readonly page?: { readonly listen: string; readonly samples?: DrawSamples };
  /** Draws the samples of a step for TensorBoard's events. Default: there are no pictures in them. */
  readonly drawSamples?: DrawSamples;
  /** Gets log lines and the progress. Default: none. */
  readonly terminal?: Terminal;
}

export interface RunOutcome {
  /** `stopped`: by request, with a checkpoint where training had begun. `aborted`: at once, without. */
  readonly result: 'finished' | 'stopped' | 'failed' | 'aborted';
  /** The last step that all ranks committed. */
  readonly step: number;
  /** The newest checkpoint's folder. */
  readonly checkpoint: string | undefined;
  /** Steps whose checkpoints were due and could not be written. */
  readonly missedCheckpoints: readonly number[];
  /** Why it stopped, failed or was aborted. */
  readonly reason: string | undefined;
  /** Of a failed run: the root cause. */
  readonly error: Error | undefined;
  /** Of a failed run: when the root cause was seen. */
  readonly failedAt: Date | undefined;
  /** Of a failed run: the worker that the root cause lies in, where it lies in one. */
  readonly worker: string | undefined;
}

export interface RunningCoordinator {
  /** HOST:PORT that it listens at. */
  readonly address: string;
  /** HOST:PORT of `/metrics` and `/health`; undefined: there are none. */
  readonly metricsAddress: string | undefined;
  /** HOST:PORT of the page; undefined: there is none. */
  readonly pageAddress: string | undefined;
  /** Training has begun: workers that are lost from now on do not end the run. */
  readonly hasStarted: boolean;
  readonly isOver: boolean;
  /** Resolves when the run is over and everyone has been told; never rejects. */
  readonly outcome: Promise<RunOutcome>;
  /** Asks for an orderly end: a checkpoint at the next step boundary. */
  requestStop(reason: string): void;
  /** Ends the run as failed, for a cause that the coordinator cannot see itself. `worker`: whom it lies in. */
  fail(error: Error, worker?: string): void;
  /** Ends the run at once, without a checkpoint. */
  abort(reason: string): void;
  /** Aborts where the run is not over, and releases everything. */
  close(): Promise<void>;
}
