import { faultPoint, type RunConfig, RunError } from '@tandem/core';
import type { Logger, Terminal } from '@tandem/observability';
import type { Security, StepReport, WorkerMessage } from '@tandem/rpc';
import { protocolFault } from '../errors.js';
import type { Member } from '../membership/member.js';
import { Books } from '../metrics/books.js';
import type { MetricsFile } from '../metrics/metrics-file.js';
import { openMetrics } from '../metrics/open-metrics.js';
import type { EvaluationRow, StepRow } from '../metrics/rows.js';
import type { RunMonitor } from '../monitoring/run-monitor.js';
import type { ResumePoint } from '../run-directory.js';
import type { Timeline } from '../timeline/timeline.js';
import { checkpointAbout } from './checkpoint-about.js';
import { GradientHistograms } from './gradient-histograms.js';
import { NonFiniteSteps } from './non-finite-steps.js';
import { TrainingProgress } from './progress.js';
import { ReplicaDigests } from './replica-digests.js';
import { SlowWorkers } from './slow-workers.js';
import { snapshotFate } from './snapshot-fate.js';
import { Snapshots, type WrittenCheckpoint } from './snapshots.js';
import { StepLog } from './step-log.js';
import { totalSteps } from './total-steps.js';
import { UnreadableImages } from './unreadable-images.js';

export interface TrainingOptions {
  readonly runId: string;
  readonly runDirectory: string;
  readonly config: RunConfig;
  /** Prepared; what it says of its data and its network holds for all. */
  readonly first: Pick<Member, 'hello' | 'prepared'>;
  readonly resumedFrom: ResumePoint | undefined;
  /** The workers of the coordinator before go on: what is recorded after `resumedFrom` stays. */
  readonly goesOn: boolean;
  readonly lastStep: number | undefined;
  readonly log: Logger;
  readonly security: Security;
  readonly terminal: Terminal | undefined;
  readonly timeline: Timeline | undefined;
  readonly monitor: Required<RunMonitor>;
  /** A step is in the books. */
  readonly stepped: (step: number) => void;
  /** A snapshot was written or given up: the run may be over. */
  readonly snapshotDone: () => void;
}

/** What the coordinator does for the generations that train: books, checkpoints, comparing replicas. */
export class Training {
  readonly progress: TrainingProgress;
  readonly #options: TrainingOptions;
  readonly #file: MetricsFile;
  readonly #books: Books;
  readonly #snapshots: Snapshots;
  readonly #digests: ReplicaDigests;
  readonly #stepLog: StepLog;
  readonly #unreadable = new UnreadableImages();
  readonly #nonFinite: NonFiniteSteps;
  readonly #gradients: GradientHistograms;
  /** Top-1 errors by the step that was evaluated. */
  readonly #errors: Map<number, number>;
  readonly #slow: SlowWorkers;
  readonly #faultPoint = faultPoint('coordinator');
  /** Of the present generation, by rank. */
  #members: readonly Member[] = [];
  #generation = 0;

  /** Throws a RunError (`TANDEM_METRICS_WRITE`). */
  constructor(options: TrainingOptions) {
    const { config, first, resumedFrom, goesOn, lastStep, log, terminal, monitor } = options;
    const { parameters, trainingSamples } = first.prepared!;
    const { everySteps: checkpointEverySteps, keep, keepBest, graceMs } = config.checkpoint;
    const { everySteps, spikeFactor } = config.log;
    this.#options = options;
    this.progress = new TrainingProgress(totalSteps(config, trainingSamples, lastStep));
    this.#stepLog = new StepLog({
      ...{ log, terminal, everySteps, spikeFactor, progress: this.progress, epochs: config.training.epochs },
    });
    this.#slow = new SlowWorkers({
      ...{ log, factor: config.cluster.stragglerFactor, microBatches: config.training.microBatches ?? 1 },
    });
    this.#nonFinite = new NonFiniteSteps(config.training.onNonFinite, log);
    this.#file = openMetrics(options.runDirectory, { keptUpTo: goesOn ? Infinity : (resumedFrom?.step ?? -1), log });
    this.#errors = new Map(this.#file.evaluations);
    this.#books = new Books({
      lastCommittedStep: goesOn ? this.#file.lastStep : (resumedFrom?.step ?? 0),
      file: this.#file,
      observer: {
        stepped: (row, reports) => this.#stepped(row, reports),
        evaluated: (row) => this.#evaluated(row),
        lost: (what, step) => this.#lost(what, step),
      },
    });
    monitor.began(this.#books.step);
    const names = parameters.map(({ name }) => name);
    this.#gradients = new GradientHistograms({
      ...{ monitor, everySteps: checkpointEverySteps, parameters: names },
      booked: () => this.#books.step,
    });
    this.#digests = new ReplicaDigests([...names, ...names.map((name) => `momentum/${name}`)]);
    const retention = () => ({ keep, keepBest, errors: this.#errors });
    const { runDirectory, runId, security } = options;
    this.#snapshots = new Snapshots(
      {
        ...{ runDirectory, runId, retention, graceMs, log, security, monitor },
        about: checkpointAbout(config, first),
        fate: (snapshot) =>
          snapshotFate(snapshot, {
            isCompared: (step) => this.#digests.isOpen(step),
            isPast: (step) => this.#books.step > step,
            retention: retention(),
          }),
        done: (step, source) => this.#snapshotDone(step, source),
      },
      resumedFrom,
    );
  }

  /** The last step that all ranks have committed. */
  get step(): number {
    return this.#books.step;
  }

  /** Steps whose checkpoints were due and could not be written. */
  get missedCheckpoints(): readonly number[] {
    return this.#snapshots.missed;
  }

  /**
   * A generation begins after `step`: what its members have committed is in the books afterwards. Throws a RunError: see Books.
   */
  enter(generation: number, members: readonly Member[], step: number): void {
    this.#generation = generation;
    this.#members = members;
    this.#options.monitor.formed(generation, members);
    this.#books.enter(generation, step);
    this.#digests.enter(members.length);
    this.#nonFinite.enter(members);
    this.#snapshots.consider();
    this.#slow.enter(members);
    this.tellBooked();
  }

  /** The generation trains already: it began before this coordinator did. */
  adopt(generation: number, members: readonly Member[]): void {
    this.#generation = generation;
    this.#members = members;
    this.#options.monitor.formed(generation, members);
    this.#books.adopt(generation);
    this.#digests.enter(members.length, this.#books.step);
    this.#nonFinite.enter(members);
    this.#slow.enter(members);
    this.tellBooked();
  }

  /** Evaluations up to `step`, in order: the top-1 errors in samples, and the step of the last; 0: none. */
  evaluationsUpTo(step: number): { readonly evaluationErrors: number[]; readonly lastEvaluation: number } {
    const evaluations = this.#books.evaluationsUpTo(step, this.#options.first.prepared!.evaluationSamples);
    return {
      evaluationErrors: evaluations.map(([, errors]) => errors),
      lastEvaluation: evaluations.at(-1)?.[0] ?? 0,
    };
  }

  /** Whether the checkpoint after `step` is wanted and neither written nor on its way. `last`: the run ends there. */
  isCheckpointDue(step: number, last: boolean): boolean {
    const wanted =
      last ||
      step === 0 ||
      step === this.progress.totalSteps ||
      step % this.#options.config.checkpoint.everySteps === 0;
    return wanted && this.#snapshots.newest?.step !== step && !this.#snapshots.isPending(step);
  }

  /** Tells the members what they need not keep any longer. */
  tellBooked(): void {
    const booked = { step: this.step, evaluation: this.#books.lastEvaluation };
    for (const member of this.#members) member.send({ booked });
  }

  /** Throws a RunError: replicas that differ, a message out of order, metrics that cannot be written. */
  handle(member: Member, message: WorkerMessage): void {
    const { rank } = member;
    switch (message.kind) {
      case 'step':
        member.step = message.step!.step;
        member.lastReport = message.step!;
        return this.#books.addStep(member, message.step!);
      case 'evaluation':
        this.#faultPoint('evaluation', message.evaluation!.step);
        return this.#books.addEvaluation(member, message.evaluation!);
      case 'digest':
        if (rank === undefined || message.digest!.generation !== this.#generation) return;
        this.#digests.add(rank, message.digest!);
        return this.#snapshots.consider();
      case 'snapshot':
        this.#faultPoint('checkpoint', message.snapshot!.step);
        return this.#snapshots.offer(message.snapshot!, member);
      case 'gradient':
        if (rank === 0 && message.gradient!.generation === this.#generation) this.#gradients.add(message.gradient!);
        return;
      case 'nonFinite':
        if (rank === undefined || message.nonFinite!.generation !== this.#generation) return;
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
    const members = this.#members;
    const step = members[0]?.finishedStep;
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

  #stepped(row: StepRow, reports: readonly StepReport[]): void {
    const { monitor, stepped } = this.#options;
    this.progress.stepped(row);
    this.#stepLog.stepped(row, reports);
    monitor.stepped(row, reports);
    this.#slow.stepped(reports);
    stepped(row.step);
    this.#snapshots.consider();
  }

  #evaluated(row: EvaluationRow | undefined): void {
    if (row !== undefined) {
      const { step, top1, top5, loss } = row;
      this.#options.timeline?.mark('evaluated', { step, top1, top5, loss });
      this.#stepLog.evaluated(row);
      this.#options.monitor.evaluated(row);
      this.#errors.set(step, top1);
      this.#snapshots.consider();
    }
    // The ranks wait for it before they go on.
    this.tellBooked();
  }

  #lost(what: 'step' | 'eval', step: number): void {
    this.#options.log.warn(
      { event: 'metrics.missing' },
      `no worker that is left has reported ${what === 'step' ? 'step' : 'the evaluation after step'} ${step}`,
    );
  }

  #snapshotDone(step: number, source: Member): void {
    if (this.#snapshots.newest?.step === step) this.#options.timeline?.mark('checkpoint written', { step });
    source.send({ snapshotTaken: { step } });
    this.#options.snapshotDone();
  }
}
