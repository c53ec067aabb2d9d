import { Deferred, type RunConfig } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import type { ClusterStatusInput, Failure, Hello, WorkerMessage } from '@tandem/rpc';
import { endRun, type RunEnd } from './end-run.js';
import { protocolFault, stopTimedOut } from './errors.js';
import { writeRecord } from './generation-record.js';
import { isOfOneWorker, workerFailed } from './membership/faults.js';
import type { JoinCall, Member } from './membership/member.js';
import type { ClusterLog } from './monitoring/cluster-log.js';
import type { RunMonitor } from './monitoring/run-monitor.js';
import type { CoordinatorOptions, RunOutcome } from './options.js';
import { recordConfig } from './run-directory.js';
import { RunParts, type RunStart } from './run-parts.js';
import { settleRun } from './settle-run.js';
import { clusterStatus, type StatusFacts } from './status.js';
import { statusDetail } from './status-detail.js';
import { readClock } from './timeline/read-clock.js';
import type { DatedCause } from './training/root-cause.js';
import type { Training } from './training/training.js';

/** One run from the first worker that joins to the last one that leaves: what happens at each turn of its life (RunLife). */
export class Run {
  /** What the coordinator says and what workers forward, for those who watch. */
  readonly clusterLog: ClusterLog;
  readonly #options: CoordinatorOptions;
  readonly #log: Logger;
  readonly #address: string;
  readonly #parts: RunParts;
  readonly #outcome = new Deferred<RunOutcome>();
  #graceTimer: NodeJS.Timeout | undefined;
  #takenOver = false;

  /** Throws a ConfigurationError where the timeline cannot be written. */
  constructor(options: CoordinatorOptions, log: Logger, start: RunStart) {
    this.#options = options;
    this.#log = log;
    this.#address = start.address;
    this.clusterLog = start.clusterLog;
    this.#parts = new RunParts(options, log, start, {
      enough: () => this.#start(),
      published: (generation, members) => this.#published(generation, members),
      started: () => this.#started(),
      paused: () => this.#paused(),
      mayBeOver: () => this.#considerFinish(),
      failed: (cause) => void this.#failed(cause),
    });
  }

  get id(): string {
    return this.#parts.job.id;
  }

  /** With what depends on the first members, once they are known. */
  get config(): RunConfig {
    return this.#parts.job.config;
  }

  /** A generation has trained. */
  get hasStarted(): boolean {
    return this.#parts.life.hasStarted;
  }

  get isOver(): boolean {
    return this.#parts.life.isOver;
  }

  get outcome(): Promise<RunOutcome> {
    return this.#outcome.promise;
  }

  /** Hears of all that happens from now on; closed with the run. */
  watch(monitor: RunMonitor): void {
    this.#parts.monitors.push(monitor);
  }

  /** Throws a JoinRefusal. */
  join(call: JoinCall, hello: Hello): Member {
    const { workers, takeover } = this.#parts;
    const member = workers.join(call, hello);
    // Whether it joins the run that others are in, or the one that begins here, is not known yet.
    if (takeover?.isOpen !== true || takeover.knows(hello)) workers.welcome(member);
    return member;
  }

  /** A message of a member. What it makes fail fails the run. */
  handle(member: Member, message: WorkerMessage): void {
    member.lastHeardMs = performance.now();
    const { workers, forwarded, timeline, monitor } = this.#parts;
    if (message.kind === 'clockProbe') return readClock(member, message.clockProbe!);
    if (message.kind === 'log') return forwarded.add(member, message.log!);
    // What failed is the most worth to see: also when the run is over.
    if (message.kind === 'timeline') {
      if (member.rank !== undefined) timeline?.add(member, member.rank, message.timeline!);
      return monitor.recorded(member, message.timeline!);
    }
    if (this.isOver || member.gone.aborted) return;
    workers.attempt(() => this.#dispatch(member, message));
  }

  /** The member's stream broke. */
  left(member: Member, how: string): void {
    this.#parts.workers.left(member, how);
  }

  requestStop(reason: string): void {
    const { life, job, workers } = this.#parts;
    if (!life.askToStop(reason)) return;
    this.#log.info({ event: 'run.stopping' }, `stopping: ${reason}`);
    const { graceMs } = job.config.checkpoint;
    this.#graceTimer = setTimeout(() => this.fail(stopTimedOut(reason, graceMs)), graceMs);
    if (life.isWaiting || this.#isDeserted) void this.#end({ result: 'stopped', reason });
    // While a generation is forming, the stop waits for the first step boundary there is.
    else if (!workers.stopAtStart()) this.#tellToStop();
  }

  fail(error: Error, worker?: string): void {
    this.#parts.fail({ error, worker });
  }

  /** Another coordinator leads this run by now: ends, and leaves everything to it. */
  giveWay(error: Error): void {
    this.#takenOver = true;
    this.fail(error);
  }

  abort(reason: string): void {
    if (!this.isOver) void this.#end({ result: 'aborted', reason });
  }

  /** It could not begin: lets go of everything, and leaves the run directory as it was. */
  discard(): void {
    const { life, monitor, timeline } = this.#parts;
    life.fails();
    this.#parts.release();
    monitor.close();
    timeline?.close();
  }

  /** `detail`: also what a live view shows. */
  status(detail = false): ClusterStatusInput {
    const { life, job, workers } = this.#parts;
    const facts: StatusFacts = {
      runId: job.id,
      state: life.state,
      generation: workers.generations.number,
      members: workers.all,
      training: job.training,
      startStep: job.startStep,
    };
    const status = clusterStatus(facts);
    return detail ? { ...status, detail: statusDetail(facts, job.config.training, this.clusterLog) } : status;
  }

  /** The state that the run goes on from, for its workers; undefined where there is none by that step. */
  checkpointState(step: number): Float32Array | undefined {
    return this.#parts.workers.checkpointState(step);
  }

  #dispatch(member: Member, message: WorkerMessage): void {
    const { workers, job } = this.#parts;
    if (workers.handle(member, message)) return;
    switch (message.kind) {
      case 'prepared':
        member.prepared = message.prepared!;
        return this.#prepared(member);
      case 'stopRequest':
        return this.requestStop(`${member.describe()} was asked to stop: ${message.stopRequest!.reason}`);
      case 'failure':
        return this.#failure(member, message.failure!);
      case 'hello':
        throw protocolFault(member.describe(), 'said Hello twice');
      default:
        if (job.training === undefined) throw protocolFault(member.describe(), `sent ${message.kind} before the start`);
        job.training.handle(member, message);
        return this.#considerFinish();
    }
  }

  #prepared(member: Member): void {
    const { life, takeover, gathering, workers } = this.#parts;
    const { engineFallback } = member.prepared!;
    this.#log.info({ event: 'worker.prepared' }, `${member.describe()} is prepared`);
    if (engineFallback !== '')
      this.#log.warn(
        { event: 'engine.fallback' },
        `${member.describe()} COMPUTES WITHOUT THE NATIVE ENGINE, on WebAssembly and one core, because: ` +
          `${engineFallback} (--engine native insists on it, --engine wasm says that this is meant)`,
      );
    if (takeover?.isOpen === true) return takeover.prepared(member);
    return life.isWaiting ? gathering.look() : workers.considerNewcomer(member);
  }

  async #start(): Promise<void> {
    const { life, job, workers } = this.#parts;
    life.forms();
    const { first, config } = settleRun(workers.connected, {
      ...{ config: job.config, resume: job.resume },
      log: this.#log,
    });
    job.settle(config);
    await recordConfig(this.#options.runDirectory, config);
    if (this.isOver) return;
    job.begin(first);
    workers.generations.form();
  }

  #published(generation: number, published: readonly Member[]): void {
    const { life, job, chronicle } = this.#parts;
    const { id: runId, config } = job;
    this.#log.context.runId = runId;
    this.#log.context.generation = generation;
    life.forms();
    chronicle.published(runId, generation, published);
    const members = published.map(({ name }) => name);
    writeRecord(this.#options.runDirectory, { runId, address: this.#address, generation, members, config });
  }

  #started(): void {
    const { life, gathering } = this.#parts;
    gathering.close();
    life.trains();
    if (life.isStopping) this.#tellToStop();
  }

  #paused(): void {
    const { life } = this.#parts;
    if (life.stopReason !== undefined && this.#isDeserted)
      return void this.#end({ result: 'stopped', reason: life.stopReason });
    life.pauses();
  }

  #tellToStop(): void {
    const { life, workers } = this.#parts;
    life.stops();
    workers.generations.send({ stop: { reason: life.stopReason! } });
  }

  #failure(member: Member, failure: Failure): void {
    const { job, workers, rootCause } = this.#parts;
    const error = workerFailed(member, failure);
    if (job.training !== undefined && isOfOneWorker(failure)) return workers.lose(member, failure.message, error);
    member.giveUp('it has failed');
    if (failure.peer === '') rootCause.root({ error, worker: member.name });
    else rootCause.symptom({ error, worker: failure.peer });
  }

  #considerFinish(): void {
    const { life, job, workers } = this.#parts;
    const { training } = job;
    if (life.isOver || training === undefined || workers.generations.stage !== 'training') return;
    let end: ReturnType<Training['end']>;
    try {
      end = training.end();
    } catch (error) {
      return this.fail(error as Error);
    }
    if (end === 'going on') return;
    const early = life.isStopping && end.step < training.progress.totalSteps;
    void this.#end(early ? { result: 'stopped', reason: life.stopReason } : { result: 'finished' });
  }

  async #failed({ error, worker, seenAt }: DatedCause): Promise<void> {
    this.#log.error({ event: 'run.failed', err: error, worker }, `the run failed: ${error.message}`);
    await this.#end({ result: 'failed', reason: error.message, error, worker, failedAt: seenAt });
  }

  async #end(end: RunEnd): Promise<void> {
    const { life } = this.#parts;
    if (end.result === 'failed' || end.result === 'aborted') life.fails();
    else life.finishes();
    clearTimeout(this.#graceTimer);
    const outcome = await endRun(end, {
      ...{ parts: this.#parts, runDirectory: this.#options.runDirectory, log: this.#log },
      isTakenOver: () => this.#takenOver,
    });
    this.#outcome.resolve(outcome);
  }

  /** The newest generation has no members left, or there was none. */
  get #isDeserted(): boolean {
    return this.#parts.workers.generations.members.length === 0;
  }
}
