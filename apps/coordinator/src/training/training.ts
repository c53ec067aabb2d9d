import { describeError, type RunConfig, RunError } from '@tandem/core';
import type { Logger, Terminal } from '@tandem/observability';
import type { WorkerMessage } from '@tandem/rpc';
import { protocolFault } from '../errors.js';
import type { Member } from '../membership/member.js';
import { Books } from '../metrics/books.js';
import { MetricsFile } from '../metrics/metrics-file.js';
import type { StepRow } from '../metrics/rows.js';
import { metricsFile, type ResumePoint } from '../run-directory.js';
import type { Timeline } from '../timeline/timeline.js';
import { NonFiniteSteps } from './non-finite-steps.js';
import { ReplicaDigests } from './replica-digests.js';
import { snapshotFate } from './snapshot-fate.js';
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
  readonly #nonFinite: NonFiniteSteps;
  /** Top-1 errors by the step that was evaluated. */
  readonly #errors = new Map<number, number>();
  #newest: StepRow | undefined;

  /** Evaluations up to the step that the run goes on from: after which step, and the top-1 error. */
  get earlierEvaluations(): readonly (readonly [step: number, top1: number])[] {
    return this.#file.evaluations;
  }

  /** Throws a RunError (`TANDEM_METRICS_WRITE`). */
  constructor(options: TrainingOptions) {
    const { config, members, resumedFrom, lastStep, log, terminal } = options;
    const { prepared, hello } = members[0]!;
    const { parameters, classes, channelMeans, datasetDigest, tensorflowVersion, trainingSamples } = prepared!;
    this.#options = options;
    this.totalSteps = totalSteps(config, trainingSamples, lastStep);
    this.#stepLog = new StepLog({
      log,
      terminal,
      everySteps: config.log.everySteps,
      totalSteps: this.totalSteps,
      epochs: config.training.epochs,
      spikeFactor: config.log.spikeFactor,
    });
    this.#file = new MetricsFile(metricsFile(options.runDirectory), resumedFrom?.step ?? -1, {
      paused: (error) =>
        log.error(
          { err: error },
          `METRICS ARE HELD BACK: ${describeError(error)}. Training goes on; rows are written later`,
        ),
      resumed: (rows) => log.warn({ rows }, `metrics are written again, ${rows} rows that were held back with them`),
    });
    for (const [step, top1] of this.#file.evaluations) this.#errors.set(step, top1);
    this.#nonFinite = new NonFiniteSteps(members, config.training.onNonFinite, log);
    this.#books = new Books({
      worldSize: members.length,
      lastCommittedStep: resumedFrom?.step ?? 0,
      file: this.#file,
      observer: {
        stepped: (row, reports) => {
          this.#newest = row;
          this.#stepLog.stepped(row, reports);
          this.#snapshots.consider();
        },
        evaluated: (row) => {
          const { step, top1, top5, loss } = row;
          options.timeline?.mark('evaluated', { step, top1, top5, loss });
          this.#stepLog.evaluated(row);
          this.#errors.set(step, top1);
          this.#snapshots.consider();
        },
      },
    });
    const names = parameters.map(({ name }) => name);
    this.#digests = new ReplicaDigests(members.length, [...names, ...names.map((name) => `momentum/${name}`)]);
    const about = {
      seed: config.training.seed,
      config,
      tandemVersion: hello.tandemVersion,
      tensorflowVersion,
      classes,
      channelMeans,
      datasetDigest,
      parameters,
    };
    const { keep, keepBest, graceMs } = config.checkpoint;
    const retention = () => ({ keep, keepBest, errors: this.#errors });
    const { runDirectory, runId } = options;
    this.#snapshots = new Snapshots(
      {
        ...{ runDirectory, runId, source: members[0]!, about, retention, graceMs, log },
        fate: (snapshot) =>
          snapshotFate(snapshot, {
            isCompared: (step) => this.#digests.isOpen(step),
            isPast: (step) => this.#books.step > step,
            retention: retention(),
          }),
        done: (step) => this.#snapshotDone(step),
      },
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

  /** Steps whose checkpoints were due and could not be written. */
  get missedCheckpoints(): readonly number[] {
    return this.#snapshots.missed;
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
        this.#digests.add(rank, message.digest!);
        return this.#snapshots.consider();
      case 'snapshot':
        if (rank !== 0) throw protocolFault(member.describe(), 'offered a snapshot, which is for rank 0 to do');
        return this.#snapshots.offer(message.snapshot!);
      case 'nonFinite':
        return this.#nonFinite.add(rank, message.nonFinite!);
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
    if (this.#snapshots.newest?.step === step) {
      this.#file.flush();
      return { step };
    }
    if (this.#snapshots.retryLast(step)) return 'going on';
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
      this.#nonFinite.report();
    }
    return this.#snapshots.newest;
  }

  #snapshotDone(step: number): void {
    if (this.#snapshots.newest?.step === step) this.#options.timeline?.mark('checkpoint written', { step });
    this.#options.members[0]!.send({ snapshotTaken: { step } });
    this.#options.snapshotDone();
  }
}
