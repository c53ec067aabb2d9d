import { type RunConfig, RunError } from '@tandem/core';
import type { Logger, Terminal } from '@tandem/observability';
import type { Security, WorkerMessage } from '@tandem/rpc';
import { protocolFault } from '../errors.js';
import type { Member } from '../membership/member.js';
import { Books } from '../metrics/books.js';
import { MetricsFile } from '../metrics/metrics-file.js';
import type { StepRow } from '../metrics/rows.js';
import { metricsFile, type ResumePoint } from '../run-directory.js';
import type { Timeline } from '../timeline/timeline.js';
import { ReplicaDigests } from './replica-digests.js';
import { Snapshots, type WrittenCheckpoint } from './snapshots.js';
import { StepLog } from './step-log.js';
import { totalSteps } from './total-steps.js';
import { UnreadableImages } from './unreadable-images.js';

export interface TrainingOptions {
  readonly runId: string;
  readonly runDirectory: string;
  readonly config: RunConfig;
  /** By rank; all prepared. */
  readonly members: readonly Member[];
  readonly resumedFrom: ResumePoint | undefined;
  readonly lastStep: number | undefined;
  readonly log: Logger;
  readonly security: Security;
  readonly terminal: Terminal | undefined;
  readonly timeline: Timeline | undefined;
  /** A snapshot was written or given up: the run may be over. */
  readonly snapshotDone: () => void;
}

/** What the coordinator does for one generation that trains: books, checkpoints, comparing replicas. */
export class Training {
  readonly totalSteps: number;
  readonly #options: TrainingOptions;
  readonly #file: MetricsFile;
  readonly #books: Books;
  readonly #snapshots: Snapshots;
  readonly #digests: ReplicaDigests;
  readonly #stepLog: StepLog;
  readonly #unreadable = new UnreadableImages();
  #newest: StepRow | undefined;

  /** Evaluations up to the step that the run goes on from: after which step, and the top-1 error. */
  get earlierEvaluations(): readonly (readonly [step: number, top1: number])[] {
    return this.#file.evaluations;
  }

  /** Throws a RunError (`TANDEM_METRICS_WRITE`). */
  constructor(options: TrainingOptions) {
    const { config, members, resumedFrom, lastStep, log, terminal } = options;
    const { prepared, hello } = members[0]!;
    const { parameters, classes, channelMeans, tensorflowVersion, trainingSamples } = prepared!;
    this.#options = options;
    this.totalSteps = totalSteps(config, trainingSamples, lastStep);
    this.#stepLog = new StepLog({
      log,
      terminal,
      everySteps: config.log.everySteps,
      totalSteps: this.totalSteps,
      epochs: config.training.epochs,
    });
    this.#file = new MetricsFile(metricsFile(options.runDirectory), resumedFrom?.step ?? -1);
    this.#books = new Books({
      worldSize: members.length,
      lastCommittedStep: resumedFrom?.step ?? 0,
      file: this.#file,
      observer: {
        stepped: (row, reports) => {
          this.#newest = row;
          this.#stepLog.stepped(row, reports);
        },
        evaluated: (row) => {
          const { step, top1, top5, loss } = row;
          options.timeline?.mark('evaluated', { step, top1, top5, loss });
          this.#stepLog.evaluated(row);
        },
      },
    });
    this.#digests = new ReplicaDigests(
      members.length,
      parameters.map(({ name }) => name),
    );
    const about = {
      seed: config.training.seed,
      config,
      tandemVersion: hello.tandemVersion,
      tensorflowVersion,
      classes,
      channelMeans,
      parameters,
      keep: config.checkpoint.keep,
    };
    const { runDirectory, runId, security } = options;
    this.#snapshots = new Snapshots(
      { runDirectory, runId, source: members[0]!, about, log, security, done: (step) => this.#snapshotDone(step) },
      resumedFrom,
    );
  }

  /** The last step that all ranks have committed. */
  get step(): number {
    return this.#books.step;
  }

  get newest(): StepRow | undefined {
    return this.#newest;
  }

  get imagesPerSecond(): number {
    return this.#stepLog.imagesPerSecond;
  }

  /** Throws a RunError: replicas that differ, a message out of order, metrics that cannot be written. */
  handle(member: Member, message: WorkerMessage): void {
    const rank = member.rank!;
    switch (message.kind) {
      case 'step':
        member.step = message.step!.step;
        return this.#books.addStep(rank, message.step!);
      case 'evaluation':
        return this.#books.addEvaluation(rank, message.evaluation!);
      case 'digest':
        return this.#digests.add(rank, message.digest!);
      case 'snapshot':
        if (rank !== 0) throw protocolFault(member.describe(), 'offered a snapshot, which is for rank 0 to do');
        return this.#snapshots.take(message.snapshot!);
      case 'finished':
        member.finishedStep = message.finished!.step;
        this.#unreadable.add(message.finished!.unreadableImages);
        return;
      default:
        throw protocolFault(
          member.describe(),
          `sent ${message.kind ?? 'an empty message'}, which is not expected while training`,
        );
    }
  }

  /**
   * Whether all ranks have finished and their last step is on disk. Throws a RunError where they finished apart or their last
   * step was not written.
   */
  end(): 'going on' | { readonly step: number } {
    const { members } = this.#options;
    const step = members[0]!.finishedStep;
    if (step === undefined || members.some(({ finishedStep }) => finishedStep === undefined)) return 'going on';
    const apart = members.find(({ finishedStep }) => finishedStep !== step);
    if (apart !== undefined || this.step !== step)
      throw protocolFault(
        (apart ?? members[0]!).describe(),
        `finished at step ${apart?.finishedStep ?? step}; rank 0 at ${step}, and all have reported ${this.step}`,
      );
    if (this.#snapshots.isPending(step)) return 'going on';
    if (this.#snapshots.newest?.step === step) return { step };
    throw (
      this.#snapshots.failure ??
      new RunError({
        code: 'TANDEM_CHECKPOINT_MISSING',
        what: `the run ended at step ${step} without a checkpoint of it: rank 0 did not offer its state`,
        remedy: 'This is a bug in Tandem: please report it.',
      })
    );
  }

  /** Releases everything. Gives the newest checkpoint. */
  async close(): Promise<WrittenCheckpoint | undefined> {
    try {
      await this.#snapshots.close();
      this.#file.close();
    } finally {
      this.#options.terminal?.showProgress('');
      this.#unreadable.report(this.#options.log);
    }
    return this.#snapshots.newest;
  }

  #snapshotDone(step: number): void {
    if (this.#snapshots.newest?.step === step) this.#options.timeline?.mark('checkpoint written', { step });
    this.#options.members[0]!.send({ snapshotTaken: { step } });
    this.#options.snapshotDone();
  }
}
