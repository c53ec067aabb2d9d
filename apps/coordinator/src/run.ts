import { randomUUID } from 'node:crypto';
import { Deferred, describeError, type RunConfig } from '@tandem/core';
import type { Logger } from '@tandem/observability';
import { type ClusterStatusInput, type Failure, type Hello, LOOPBACK_ONLY, type WorkerMessage } from '@tandem/rpc';
import { codeChangesOnResume, dataChangesOnResume } from './data-changes.js';
import { engineChangesOnResume } from './engine-changes.js';
import { protocolFault, stopTimedOut } from './errors.js';
import { farewell } from './farewell.js';
import { configOfRun } from './config-of-run.js';
import { type GenerationRecord, isSameRun, removeRecord, withRecorded, writeRecord } from './generation-record.js';
import { checkAgreement } from './membership/agreement.js';
import { isOfOneWorker, startTimedOut, workerFailed } from './membership/faults.js';
import { GatheringWatch } from './membership/gathering-watch.js';
import type { JoinCall, Member } from './membership/member.js';
import { rankOrder } from './membership/ranks.js';
import { Reattachment } from './membership/reattachment.js';
import type { CoordinatorOptions, RunOutcome } from './options.js';
import { RunChronicle } from './run-chronicle.js';
import { recordConfig, type ResumePoint } from './run-directory.js';
import { clusterStatus, type RunState, type StatusFacts } from './status.js';
import { statusDetail } from './status-detail.js';
import type { TandemSource } from './tandem-source.js';
import { readClock } from './timeline/read-clock.js';
import { openTimeline } from './timeline/open-timeline.js';
import type { Timeline } from './timeline/timeline.js';
import { type DatedCause, RootCause } from './training/root-cause.js';
import type { ClusterLog } from './monitoring/cluster-log.js';
import { ForwardedLogs } from './monitoring/forwarded-logs.js';
import { monitorsAsOne, type RunMonitor } from './monitoring/run-monitor.js';
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
  /** Gets what workers forward of their logs; the caller closes it. */
  readonly clusterLog: ClusterLog;
}

/**
 * One run from the first worker that joins to the last one that leaves: waiting → starting (a generation forms) → training →
 * stopping → finished; from training to starting or paused and back as workers go and come; and from anywhere → failed.
 */
export class Run {
  /** What the coordinator says and what workers forward, for those who watch. */
  readonly clusterLog: ClusterLog;
  #id: string = randomUUID();
  readonly #options: CoordinatorOptions;
  readonly #log: Logger;
  readonly #resume: ResumePoint | undefined;
  readonly #gathering: GatheringWatch;
  readonly #workers: Workers;
  readonly #rootCause = new RootCause((cause) => void this.#failed(cause));
  readonly #outcome = new Deferred<RunOutcome>();
  readonly #bookedTimer: NodeJS.Timeout;
  readonly #timeline: Timeline | undefined;
  readonly #monitors: RunMonitor[] = [];
  readonly #monitor = monitorsAsOne(this.#monitors);
  readonly #reattachment: Reattachment | undefined;
  readonly #chronicle: RunChronicle;
  readonly #forwarded: ForwardedLogs;
  #config: RunConfig;
  #takenOver = false;
  #state: RunState = 'waiting';
  #hasStarted = false;
  #graceTimer: NodeJS.Timeout | undefined;
  #training: Training | undefined;
  #stopReason: string | undefined;

  /** Throws a ConfigurationError where the timeline cannot be written. */
  constructor(options: CoordinatorOptions, log: Logger, { address, resume, record, tandem, clusterLog }: RunStart) {
    const { cluster } = options.config;
    this.#options = options;
    this.#log = log;
    this.clusterLog = clusterLog;
    this.#forwarded = new ForwardedLogs({ log: clusterLog, runId: () => this.#id });
    this.#resume = resume;
    this.#config = options.config;
    if (record?.address === address && isSameRun(record, options.config)) {
      this.#id = record.runId;
      this.#reattachment = new Reattachment({
        ...{ record, windowMs: cluster.reattachMs },
        members: () => this.#workers.connected,
        decided: (back, all) => this.#workers.attempt(() => this.#reattached(record, back, all)),
      });
      log.info(
        { event: 'run.workers-looked-for' },
        `looking for the workers of generation ${record.generation}, for ${cluster.reattachMs} ms (cluster.reattachMs): ${record.members.join(', ')}`,
      );
    }
    log.context.runId = this.#id;
    this.#timeline = openTimeline(options.timeline, { afterStep: this.#startStep, runId: this.#id, log });
    const minWorkers = options.worldSize ?? cluster.minWorkers;
    const maxWorkers = options.worldSize ?? cluster.maxWorkers ?? Infinity;
    this.#gathering = new GatheringWatch({
      rule: { minWorkers, maxWorkers, settleMs: cluster.settleMs },
      startTimeoutMs: cluster.startTimeoutMs,
      gathering: () =>
        this.#state === 'waiting' && this.#reattachment?.isOpen !== true ? this.#workers.gathering : undefined,
      start: () => this.#workers.attempt(() => this.#start()),
      timedOut: () => this.fail(startTimedOut(this.#workers.connected, minWorkers, cluster.startTimeoutMs)),
    });
    const { runDirectory, lastStep, resume: resumes = false, command } = options;
    this.#chronicle = new RunChronicle({
      ...{ runDirectory, runId: this.#id, resume: resumes, command, tandem, log },
      ...{ afterStep: this.#startStep, seed: options.config.training.seed },
    });
    this.#workers = new Workers({
      ...{ log, timeline: this.#timeline, runDirectory, lastStep, maxWorkers },
      config: () => this.#config,
      training: () => this.#training,
      isStopping: () => this.#stopReason !== undefined,
      isOver: () => this.isOver,
      closedBecause: (hello) => this.#closedBecause(hello),
      published: (generation, members) => {
        log.context.runId = this.#id;
        log.context.generation = generation;
        if (this.#state !== 'stopping') this.#state = 'starting';
        this.#chronicle.published(this.#id, generation, members);
        const names = members.map(({ name }) => name);
        writeRecord(runDirectory, { runId: this.#id, address, generation, members: names, config: this.#config });
      },
      started: () => this.#started(),
      paused: () => this.#paused(),
      leftBeforeStart: () => this.#gathering.look(),
      lost: (name, error) => {
        this.#monitor.workerLost();
        options.onWorkerLost?.(name, error);
      },
      fail: ({ error, worker }) => this.fail(error, worker),
    });
    this.#bookedTimer = setInterval(() => this.#training?.tellBooked(), cluster.heartbeatMs);
  }

  get id(): string {
    return this.#id;
  }

  /** A generation has trained. */
  get hasStarted(): boolean {
    return this.#hasStarted;
  }

  get isOver(): boolean {
    return this.#state === 'finished' || this.#state === 'failed';
  }

  get outcome(): Promise<RunOutcome> {
    return this.#outcome.promise;
  }

  /** Hears of all that happens from now on; closed with the run. */
  watch(monitor: RunMonitor): void {
    this.#monitors.push(monitor);
  }

  /** Throws a JoinRefusal. */
  join(call: JoinCall, hello: Hello): Member {
    const member = this.#workers.join(call, hello);
    // Whether it joins the run that others are in, or the one that begins here, is not known yet.
    if (this.#reattachment?.isOpen !== true || this.#reattachment.knows(hello)) this.#workers.welcome(member, this.#id);
    return member;
  }

  /** A message of a member. What it makes fail fails the run. */
  handle(member: Member, message: WorkerMessage): void {
    member.lastHeardMs = performance.now();
    if (message.kind === 'clockProbe') return readClock(member, message.clockProbe!);
    if (message.kind === 'log') return this.#forwarded.add(member, message.log!);
    // What failed is the most worth to see: also when the run is over.
    if (message.kind === 'timeline') {
      if (member.rank !== undefined) this.#timeline?.add(member, member.rank, message.timeline!);
      return;
    }
    if (this.isOver || member.gone.aborted) return;
    this.#workers.attempt(() => this.#dispatch(member, message));
  }

  /** The member's stream broke. */
  left(member: Member, how: string): void {
    this.#workers.left(member, how);
  }

  requestStop(reason: string): void {
    if (this.isOver || this.#stopReason !== undefined) return;
    this.#stopReason = reason;
    this.#log.info({ event: 'run.stopping' }, `stopping: ${reason}`);
    const { graceMs } = this.#config.checkpoint;
    this.#graceTimer = setTimeout(() => this.fail(stopTimedOut(reason, graceMs)), graceMs);
    const nobody = this.#workers.generations.members.length === 0;
    if (this.#state === 'waiting' || nobody) void this.#end('stopped', { reason });
    // While a generation is forming, the stop waits for the first step boundary there is.
    else if (!this.#workers.stopAtStart()) this.#tellToStop();
  }

  fail(error: Error, worker?: string): void {
    if (!this.isOver) this.#rootCause.root({ error, worker });
  }

  /** Another coordinator leads this run by now: ends, and leaves everything to it. */
  giveWay(error: Error): void {
    this.#takenOver = true;
    this.fail(error);
  }

  abort(reason: string): void {
    if (!this.isOver) void this.#end('aborted', { reason });
  }

  /** It could not begin: lets go of everything, and leaves the run directory as it was. */
  discard(): void {
    this.#state = 'failed';
    this.#release();
    this.#monitor.close();
    this.#timeline?.close();
  }

  /** `detail`: also what a live view shows. */
  status(detail = false): ClusterStatusInput {
    const facts: StatusFacts = {
      runId: this.#id,
      state: this.#state,
      generation: this.#workers.generations.number,
      members: this.#workers.all,
      training: this.#training,
      startStep: this.#startStep,
    };
    const status = clusterStatus(facts);
    return detail ? { ...status, detail: statusDetail(facts, this.#config.training, this.clusterLog) } : status;
  }

  /** The state that the run goes on from, for its workers; undefined where there is none by that step. */
  checkpointState(step: number): Float32Array | undefined {
    return this.#workers.checkpointState(step);
  }

  get #startStep(): number {
    return this.#resume?.step ?? 0;
  }

  #dispatch(member: Member, message: WorkerMessage): void {
    if (this.#workers.handle(member, message)) return;
    switch (message.kind) {
      case 'prepared':
        member.prepared = message.prepared!;
        this.#log.info({ event: 'worker.prepared' }, `${member.describe()} is prepared`);
        if (message.prepared!.engineFallback !== '')
          this.#log.warn(
            { event: 'engine.fallback' },
            `${member.describe()} COMPUTES WITHOUT THE NATIVE ENGINE, on WebAssembly and one core, because: ` +
              `${message.prepared!.engineFallback} (--engine native insists on it, --engine wasm says that this is meant)`,
          );
        if (this.#reattachment?.isOpen === true) return this.#reattach(member);
        return this.#state === 'waiting' ? this.#gathering.look() : this.#workers.considerNewcomer(member);
      case 'stopRequest':
        return this.requestStop(`${member.describe()} was asked to stop: ${message.stopRequest!.reason}`);
      case 'failure':
        return this.#failure(member, message.failure!);
      case 'hello':
        throw protocolFault(member.describe(), 'said Hello twice');
      default:
        if (this.#training === undefined)
          throw protocolFault(member.describe(), `sent ${message.kind} before the start`);
        this.#training.handle(member, message);
        return this.#considerFinish();
    }
  }

  async #start(): Promise<void> {
    this.#state = 'starting';
    const members = this.#workers.connected;
    const order = rankOrder(members.map(({ name }) => name));
    const ranked = order.map((name) => members.find((member) => member.name === name)!);
    for (const [rank, member] of ranked.entries()) member.rank = rank;
    checkAgreement(ranked);
    const first = ranked[0]!;
    const otherData = dataChangesOnResume(this.#resume?.manifest, first.prepared!.datasetDigest);
    if (otherData !== undefined) this.#log.warn({ event: 'data.other-set' }, otherData);
    const otherEngine = engineChangesOnResume(this.#resume?.manifest, first.prepared!.engine || 'native');
    if (otherEngine !== undefined) this.#log.warn({ event: 'engine.other' }, otherEngine);
    const otherCode = codeChangesOnResume(this.#resume?.manifest, first.prepared!.networkDigest);
    if (otherCode !== undefined) this.#log.warn({ event: 'run.notice' }, otherCode);
    const { runDirectory } = this.#options;
    this.#config = configOfRun(
      this.#config,
      ranked.length,
      first.prepared!.parameters,
      this.#resume?.manifest,
      this.#log,
    );
    await recordConfig(runDirectory, this.#config);
    if (this.isOver) return;
    this.#openTraining(first, false);
    this.#workers.generations.form();
  }

  #openTraining(first: Member, goesOn: boolean): Training {
    const { runDirectory, lastStep, terminal, security = LOOPBACK_ONLY } = this.#options;
    this.#workers.compareWith(first);
    this.#training = new Training({
      ...{ runId: this.#id, runDirectory, config: this.#config, first, lastStep, terminal, goesOn },
      resumedFrom: this.#resume,
      log: this.#log,
      security,
      timeline: this.#timeline,
      monitor: this.#monitor,
      stepped: (step) => {
        this.#log.context.step = step;
        this.#workers.stepped(step);
      },
      snapshotDone: () => this.#considerFinish(),
    });
    this.#chronicle.trains(this.#training.totalSteps);
    return this.#training;
  }

  /** A worker of the coordinator before is back: with the first, its run goes on. */
  #reattach(member: Member): void {
    const { record } = this.#reattachment!;
    if (this.#training === undefined) {
      this.#config = withRecorded(this.#config, record);
      this.#openTraining(member, true).adopt(record.generation, []);
    }
    this.#reattachment!.look();
  }

  /** `all`: the generation goes on as if nothing had been; else those who came back make the next one. */
  #reattached({ runId, generation, members }: GenerationRecord, back: readonly Member[], all: boolean): void {
    if (this.isOver) return;
    const { generations, connected } = this.#workers;
    const fresh = connected.filter(({ hello }) => hello.runId !== runId);
    const names = back.map(({ name }) => name).join(', ');
    if (back.length === 0) {
      this.#log.warn(
        { event: 'run.workers-missing' },
        'no worker came back: the run goes on from its newest checkpoint',
      );
      this.#id = randomUUID();
      // Somebody came, and went again.
      void this.#training?.close();
      this.#training = undefined;
    } else if (all) {
      this.#log.info(
        { event: 'run.workers-back' },
        `all ${back.length} workers of generation ${generation} are back: ${names}`,
      );
      generations.adopt(generation, back);
      this.#training!.adopt(generation, back);
      this.#workers.started();
    } else {
      this.#log.warn(
        { event: 'run.workers-missing' },
        `${back.length} of ${members.length} workers are back: ${names}`,
      );
      generations.continueFrom(generation);
      generations.form();
    }
    for (const member of fresh) this.#workers.welcome(member, this.#id);
    this.#gathering.look();
    this.#considerFinish();
  }

  #started(): void {
    this.#gathering.close();
    this.#state = 'training';
    this.#hasStarted = true;
    if (this.#stopReason !== undefined) this.#tellToStop();
  }

  #paused(): void {
    const nobody = this.#workers.generations.members.length === 0;
    if (this.#stopReason !== undefined && nobody) return void this.#end('stopped', { reason: this.#stopReason });
    this.#state = 'paused';
  }

  #tellToStop(): void {
    this.#state = 'stopping';
    this.#workers.generations.send({ stop: { reason: this.#stopReason! } });
  }

  #failure(member: Member, failure: Failure): void {
    const error = workerFailed(member, failure);
    if (this.#training !== undefined && isOfOneWorker(failure))
      return this.#workers.lose(member, failure.message, error);
    member.giveUp('it has failed');
    if (failure.peer === '') this.#rootCause.root({ error, worker: member.name });
    else this.#rootCause.symptom({ error, worker: failure.peer });
  }

  #considerFinish(): void {
    if (this.isOver || this.#training === undefined || this.#workers.generations.stage !== 'training') return;
    let end: ReturnType<Training['end']>;
    try {
      end = this.#training.end();
    } catch (error) {
      return this.fail(error as Error);
    }
    if (end === 'going on') return;
    const early = this.#stopReason !== undefined && end.step < this.#training.totalSteps;
    void this.#end(early ? 'stopped' : 'finished', early ? { reason: this.#stopReason! } : {});
  }

  async #failed({ error, worker, seenAt }: DatedCause): Promise<void> {
    this.#log.error({ event: 'run.failed', err: error, worker }, `the run failed: ${error.message}`);
    await this.#end('failed', { reason: error.message, error, worker, failedAt: seenAt });
  }

  async #end(
    result: RunOutcome['result'],
    {
      reason,
      error,
      worker,
      failedAt,
    }: { reason?: string; error?: Error; worker?: string | undefined; failedAt?: Date },
  ): Promise<void> {
    this.#state = result === 'failed' || result === 'aborted' ? 'failed' : 'finished';
    this.#release();
    if (!this.#takenOver) removeRecord(this.#options.runDirectory);
    const end = { failed: this.#state === 'failed', reason: reason ?? '' };
    const members = this.#workers.connected;
    for (const member of members) member.send({ end });
    const step = this.#training?.step ?? this.#startStep;
    this.#timeline?.mark(`the run ${result === 'failed' ? 'failed' : `is ${result}`}`, { step });
    const checkpoint = await this.#training?.close().catch((unclosed: unknown) => {
      this.#log.error({ event: 'training.close-failed', err: unclosed as Error }, describeError(unclosed));
    });
    await farewell(members);
    this.#forwarded.close();
    this.#monitor.close();
    this.#timeline?.close();
    if (!this.#takenOver) this.#chronicle.ended({ result, step, reason, error });
    const missedCheckpoints = this.#training?.missedCheckpoints ?? [];
    this.#outcome.resolve({
      result,
      step,
      checkpoint: checkpoint?.directory,
      missedCheckpoints,
      reason,
      error,
      failedAt,
      worker,
    });
  }

  #release(): void {
    for (const part of [this.#workers, this.#reattachment, this.#rootCause, this.#gathering]) part?.close();
    clearInterval(this.#bookedTimer);
    clearTimeout(this.#graceTimer);
  }

  #closedBecause({ name, runId }: Hello): string | undefined {
    if (this.isOver) return 'the run is over';
    if (runId !== '' && runId !== this.#id)
      return `this is run ${this.#id}, and ${name} is in run ${runId}, which did not go on from its last step: start it anew`;
    return this.#stopReason === undefined ? undefined : 'the run is stopping';
  }
}
