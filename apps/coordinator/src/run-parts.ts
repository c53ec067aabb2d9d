import type { RunConfig } from '@tandem/core';
import { type Logger, NO_STEPS } from '@tandem/observability';
import { LOOPBACK_ONLY } from '@tandem/rpc';
import { type GenerationRecord, isSameRun } from './generation-record.js';
import { Job, type TrainingBasis } from './job.js';
import { startTimedOut } from './membership/faults.js';
import { GatheringWatch } from './membership/gathering-watch.js';
import type { Member } from './membership/member.js';
import type { ClusterLog } from './monitoring/cluster-log.js';
import { ForwardedLogs } from './monitoring/forwarded-logs.js';
import { monitorsAsOne, type RunMonitor } from './monitoring/run-monitor.js';
import type { CoordinatorOptions } from './options.js';
import { RunChronicle } from './run-chronicle.js';
import type { ResumePoint } from './run-directory.js';
import { RunLife } from './run-life.js';
import { Takeover } from './takeover.js';
import type { TandemSource } from './tandem-source.js';
import { openTimeline } from './timeline/open-timeline.js';
import type { Timeline } from './timeline/timeline.js';
import { type Cause, type DatedCause, RootCause } from './training/root-cause.js';
import { Training } from './training/training.js';
import { Workers } from './workers.js';

export interface RunStart {
  /** HOST:PORT that workers find this coordinator at. */
  readonly address: string;
  readonly resume: ResumePoint | undefined;
  /** Of a coordinator that did not end its run. */
  readonly record: GenerationRecord | undefined;
  /** Which Tandem leads the run. */
  readonly tandem: TandemSource;
  /** Traces are made of each step that is a multiple of this; 0: of none. */
  readonly traceEverySteps: number;
  /** Gets what workers forward of their logs; the caller closes it. */
  readonly clusterLog: ClusterLog;
}

/** What the parts of a run tell it. */
export interface RunEvents {
  /** As many workers are prepared as it waits for. What this rejects with fails the run. */
  readonly enough: () => Promise<void>;
  /** A generation is published, before its members hear of it. */
  readonly published: (generation: number, members: readonly Member[]) => void;
  /** A generation trains. */
  readonly started: () => void;
  /** Too few workers are left. */
  readonly paused: () => void;
  /** Something has happened that the run's end may have waited for. */
  readonly mayBeOver: () => void;
  /** Why it fails; once. */
  readonly failed: (cause: DatedCause) => void;
}

/** The parts of a run, each tied to those that it needs. What of theirs changes the run's life is an event of the run. */
export class RunParts {
  readonly life = new RunLife();
  readonly job: Job;
  readonly workers: Workers;
  readonly gathering: GatheringWatch;
  /** Undefined: no workers of a coordinator before are waited for. */
  readonly takeover: Takeover | undefined;
  readonly timeline: Timeline | undefined;
  readonly chronicle: RunChronicle;
  readonly forwarded: ForwardedLogs;
  /** All that watch as one, and whoever is added. */
  readonly monitor: Required<RunMonitor>;
  readonly monitors: RunMonitor[] = [];
  readonly rootCause: RootCause;
  readonly #bookedTimer: NodeJS.Timeout;

  /** Throws a ConfigurationError where the timeline cannot be written. */
  constructor(
    options: CoordinatorOptions,
    log: Logger,
    { address, resume, record: last, tandem, traceEverySteps: everySteps, clusterLog }: RunStart,
    events: RunEvents,
  ) {
    const { config, runDirectory, lastStep, resume: resumes = false, command, modules } = options;
    const { cluster } = config;
    const { life } = this;
    const record = last?.address === address && isSameRun(last, config) ? last : undefined;
    if (record !== undefined) announceTakeover(log, record, cluster);
    const job = new Job({
      config,
      resume,
      record,
      openTraining: (basis) => this.#openTraining(options, log, basis, events),
    });
    this.job = job;
    log.context.runId = job.id;
    this.monitor = monitorsAsOne(this.monitors);
    this.forwarded = new ForwardedLogs({ log: clusterLog, runId: () => job.id });
    this.timeline = openTimeline(options.timeline, { afterStep: job.startStep, runId: job.id, log });
    this.chronicle = new RunChronicle({
      ...{ runDirectory, runId: job.id, resume: resumes, command, modules, tandem, log },
      ...{ afterStep: job.startStep, seed: config.training.seed },
    });
    this.rootCause = new RootCause(events.failed);
    const minWorkers = options.worldSize ?? cluster.minWorkers;
    const maxWorkers = options.worldSize ?? cluster.maxWorkers ?? Infinity;
    this.gathering = new GatheringWatch({
      rule: { minWorkers, maxWorkers, settleMs: cluster.settleMs },
      startTimeoutMs: cluster.startTimeoutMs,
      gathering: () => (life.isWaiting && this.takeover?.isOpen !== true ? this.workers.gathering : undefined),
      start: () => this.workers.attempt(() => events.enough()),
      timedOut: () => {
        const error = startTimedOut(this.workers.connected, minWorkers, cluster.startTimeoutMs);
        this.fail({ error, worker: undefined });
      },
    });
    const isRecorded = this.timeline !== undefined || everySteps > 0;
    this.workers = new Workers({
      recordedSteps: isRecorded ? { ...(this.timeline?.steps ?? NO_STEPS), everySteps } : undefined,
      ...{ log, job, life, runDirectory, lastStep, maxWorkers, timeline: this.timeline },
      ...{ published: events.published, started: events.started, paused: events.paused },
      leftBeforeStart: () => this.gathering.look(),
      lost: (name, error) => {
        this.monitor.workerLost();
        options.onWorkerLost?.(name, error);
      },
      fail: (cause) => this.fail(cause),
    });
    if (record !== undefined)
      this.takeover = new Takeover({
        ...{ record, windowMs: cluster.reattachMs, job, workers: this.workers, log },
        isOver: () => life.isOver,
        decided: () => {
          this.gathering.look();
          events.mayBeOver();
        },
      });
    this.#bookedTimer = setInterval(() => job.training?.tellBooked(), cluster.heartbeatMs);
  }

  /** A root cause: what fails after it, or is over, is no news. */
  fail(cause: Cause): void {
    if (!this.life.isOver) this.rootCause.root(cause);
  }

  /** Nobody is waited for any more, and nothing fails. What is to be written is written yet. */
  release(): void {
    for (const part of [this.workers, this.takeover, this.rootCause, this.gathering]) part?.close();
    clearInterval(this.#bookedTimer);
  }

  #openTraining(
    { runDirectory, lastStep, terminal, security = LOOPBACK_ONLY }: CoordinatorOptions,
    log: Logger,
    basis: TrainingBasis,
    { mayBeOver }: RunEvents,
  ): Training {
    this.workers.compareWith(basis.first);
    const training = new Training({
      ...{ ...basis, runDirectory, lastStep, terminal, log, security },
      ...{ resumedFrom: this.job.resume, timeline: this.timeline, monitor: this.monitor },
      stepped: (step) => {
        log.context.step = step;
        this.workers.stepped(step);
      },
      snapshotDone: mayBeOver,
    });
    this.chronicle.trains(training.progress.totalSteps);
    return training;
  }
}

function announceTakeover(
  log: Logger,
  { generation, members }: GenerationRecord,
  { reattachMs }: RunConfig['cluster'],
): void {
  log.info(
    { event: 'run.workers-looked-for' },
    `looking for the workers of generation ${generation}, for ${reattachMs} ms (cluster.reattachMs): ${members.join(', ')}`,
  );
}
