import { randomUUID } from 'node:crypto';
import { Deferred, describeError, faultPoint, type RunConfig, type TandemError, withTimeout } from '@tandem/core';
import { type Logger, monotonicUs } from '@tandem/observability';
import type { ClockProbe, ClusterStatusInput, Failure, Hello, WorkerMessage } from '@tandem/rpc';
import { changesOnResume } from './config-changes.js';
import { dataChangesOnResume } from './data-changes.js';
import { protocolFault, stopTimedOut, workerLost } from './errors.js';
import { withFactors, withMicroBatches } from './generation.js';
import { type GenerationRecord, removeRecord, writeRecord } from './generation-record.js';
import { GenerationStart } from './generation-start.js';
import { Generations } from './generations.js';
import { checkAgreement } from './membership/agreement.js';
import { isOfOneWorker, startTimedOut, workerFailed } from './membership/faults.js';
import { FlapGuard } from './membership/flap-guard.js';
import type { JoinCall, Member } from './membership/member.js';
import { Membership } from './membership/membership.js';
import { Pause } from './membership/pause.js';
import { rankOrder } from './membership/ranks.js';
import { Reattachment } from './membership/reattachment.js';
import { SilenceWatch } from './membership/silence-watch.js';
import { stallReport } from './membership/stall-report.js';
import { StallWatch } from './membership/stall-watch.js';
import { type StartRule, whenToStart } from './membership/start-rule.js';
import type { CoordinatorOptions, RunOutcome } from './options.js';
import { recordConfig, type ResumePoint } from './run-directory.js';
import { clusterStatus, type RunState } from './status.js';
import { Timeline } from './timeline/timeline.js';
import { DEFAULT_TIMELINE_STEPS, wantedSteps } from './timeline/timeline-steps.js';
import { FAREWELL_TIMEOUT_MS } from './timeouts.js';
import { type Cause, RootCause } from './training/root-cause.js';
import type { WrittenCheckpoint } from './training/snapshots.js';
import { Training } from './training/training.js';

export interface RunStart {
  /** HOST:PORT that workers find this coordinator at. */
  readonly address: string;
  readonly resume: ResumePoint | undefined;
  /** Of a coordinator that did not end its run. */
  readonly record: GenerationRecord | undefined;
}

/**
 * One run from the first worker that joins to the last one that leaves: waiting → starting (a generation forms) → training →
 * stopping → finished; from training to starting or paused and back as workers go and come; and from anywhere → failed.
 */
export class Run {
  #id: string = randomUUID();
  readonly #options: CoordinatorOptions;
  readonly #log: Logger;
  readonly #resume: ResumePoint | undefined;
  readonly #rule: StartRule;
  readonly #flaps: FlapGuard;
  readonly #membership: Membership;
  readonly #generations: Generations;
  readonly #beginning: GenerationStart;
  readonly #silence: SilenceWatch;
  readonly #stall: StallWatch;
  readonly #pause: Pause;
  readonly #faultPoint = faultPoint('coordinator');
  readonly #rootCause = new RootCause((cause) => void this.#failed(cause));
  readonly #outcome = new Deferred<RunOutcome>();
  #startTimer: NodeJS.Timeout;
  readonly #bookedTimer: NodeJS.Timeout;
  readonly #timeline: Timeline | undefined;
  readonly #reattachment: Reattachment | undefined;
  #config: RunConfig;
  #takenOver = false;
  #state: RunState = 'waiting';
  #hasStarted = false;
  #settleTimer: NodeJS.Timeout | undefined;
  #graceTimer: NodeJS.Timeout | undefined;
  #training: Training | undefined;
  /** What newcomers are compared with. */
  #first: Pick<Member, 'hello' | 'prepared' | 'describe'> | undefined;
  #stopReason: string | undefined;

  /** Throws a ConfigurationError where the timeline cannot be written. */
  constructor(options: CoordinatorOptions, log: Logger, { address, resume, record }: RunStart) {
    const { cluster, exchange } = options.config;
    this.#options = options;
    this.#log = log;
    this.#resume = resume;
    this.#config = options.config;
    if (record?.address === address && isSameRun(record, options.config)) {
      this.#id = record.runId;
      this.#reattachment = new Reattachment({
        ...{ record, windowMs: cluster.reattachMs },
        members: () => this.#membership.members,
        decided: (back, all) => this.#attempt(() => this.#reattached(record, back, all)),
      });
      log.info(
        `looking for the workers of generation ${record.generation}, for ${cluster.reattachMs} ms (cluster.reattachMs): ${record.members.join(', ')}`,
      );
    }
    if (options.timeline !== undefined) {
      const { file, steps = DEFAULT_TIMELINE_STEPS } = options.timeline;
      this.#timeline = new Timeline({ file, steps: wantedSteps(steps, this.#startStep), runId: this.#id, log });
    }
    this.#rule = {
      minWorkers: options.worldSize ?? cluster.minWorkers,
      maxWorkers: options.worldSize ?? cluster.maxWorkers ?? Infinity,
      settleMs: cluster.settleMs,
    };
    this.#flaps = new FlapGuard(cluster);
    this.#membership = new Membership({
      maxWorkers: this.#rule.maxWorkers,
      aliveMs: 2 * cluster.heartbeatMs,
      closedBecause: (hello) => this.#closedBecause(hello),
      displaced: (member) => this.left(member, 'another process of its name took its place'),
    });
    this.#generations = new Generations({
      ...{ log, membership: this.#membership, flaps: this.#flaps, standTimeoutMs: exchange.timeoutMs },
      configJson: () => JSON.stringify(this.#config),
      open: () => this.#training !== undefined && this.#stopReason === undefined && !this.isOver,
      published: (number, members) => {
        this.#beginning.reset();
        this.#pause.end();
        this.#stall.progress();
        if (this.#state !== 'stopping') this.#state = 'starting';
        const names = members.map(({ name }) => name);
        writeRecord(options.runDirectory, {
          ...{ runId: this.#id, address, generation: number, members: names, config: this.#config },
        });
        this.#timeline?.mark(`generation ${number}`, { workers: members.length });
        this.#faultPoint('forming', this.#training?.step ?? 0);
      },
      agreed: (start) => this.#attempt(() => this.#beginning.agreed(start)),
      begun: ({ step, behind = [] }) => {
        if (behind.length > 0) this.#faultPoint('state-transfer', Number(step));
      },
      started: () => this.#started(),
      deserted: () => this.#paused(),
      lost: (member, how) => this.left(member, how),
    });
    this.#pause = new Pause({ ...cluster, log, failed: (cause) => this.#rootCause.root(cause) });
    this.#beginning = new GenerationStart({
      ...{ log, runDirectory: options.runDirectory, generations: this.#generations },
      ...{ minWorkers: cluster.minWorkers, lastStep: options.lastStep },
      training: () => this.#training!,
      parameters: () => this.#first!.prepared!.parameters,
      isStopping: () => this.#stopReason !== undefined,
      paused: () => this.#paused(),
    });
    this.#stall = new StallWatch({
      reportMs: cluster.stallReportMs,
      expected: () => ['starting', 'training', 'stopping'].includes(this.#state) && this.#training !== undefined,
      onStall: (ms) => this.#stalled(ms),
    });
    this.#silence = new SilenceWatch({
      ...cluster,
      watched: () => this.#membership.members,
      onSilence: (member, silentMs) =>
        this.left(member, `nothing was heard of it for ${Math.round(silentMs)} ms (cluster.heartbeatTimeoutMs)`),
    });
    this.#startTimer = setTimeout(() => this.#startTimedOut(), cluster.startTimeoutMs);
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

  /** Throws a JoinRefusal. */
  join(call: JoinCall, hello: Hello): Member {
    const member = this.#membership.join(call, hello);
    this.#log.info(
      { worker: hello },
      `${member.describe()} joined (${this.#membership.members.length} there, ${hello.device})`,
    );
    this.#timeline?.mark(`${member.name} joined`);
    this.#faultPoint('joining', this.#training?.step ?? 0);
    // Whether it joins the run that others are in, or the one that begins here, is not known yet.
    if (this.#reattachment?.isOpen !== true || this.#reattachment.knows(hello)) this.#welcome(member);
    return member;
  }

  #welcome(member: Member): void {
    const steps = this.#timeline?.steps;
    const { heartbeatMs, coordinatorTimeoutMs } = this.#config.cluster;
    member.send({
      welcome: {
        ...{ runId: this.#id, heartbeatMs, coordinatorTimeoutMs },
        configJson: JSON.stringify(this.#config),
        ...(steps !== undefined && { timeline: { firstStep: steps.first, lastStep: steps.last } }),
      },
    });
  }

  /** A message of a member. What it makes fail fails the run. */
  handle(member: Member, message: WorkerMessage): void {
    member.lastHeardMs = performance.now();
    if (message.kind === 'clockProbe') return readClock(member, message.clockProbe!);
    // What failed is the most worth to see: also when the run is over.
    if (message.kind === 'timeline') {
      if (member.rank !== undefined) this.#timeline?.add(member, member.rank, message.timeline!);
      return;
    }
    if (this.isOver || member.gone.aborted) return;
    this.#attempt(() => this.#dispatch(member, message));
  }

  /** The member's stream broke, it fell silent, or its peers cannot go on with it. */
  left(member: Member, how: string): void {
    const { rank, name, hello, step } = member;
    this.#lose(member, how, workerLost(member.describe(), how, { rank, worker: name, host: hello.host, step }));
  }

  requestStop(reason: string): void {
    if (this.isOver || this.#stopReason !== undefined) return;
    this.#stopReason = reason;
    this.#log.info(`stopping: ${reason}`);
    const { graceMs } = this.#config.checkpoint;
    this.#graceTimer = setTimeout(() => this.fail(stopTimedOut(reason, graceMs)), graceMs);
    if (this.#state === 'waiting' || this.#generations.members.length === 0) void this.#end('stopped', { reason });
    else if (this.#beginning.isHeld) this.#attempt(() => this.#beginning.release());
    // While a generation is forming, the stop waits for the first step boundary there is.
    else if (this.#state === 'training') this.#tellToStop();
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

  status(): ClusterStatusInput {
    return clusterStatus({
      runId: this.#id,
      state: this.#state,
      generation: this.#generations.number,
      members: this.#everybody,
      training: this.#training,
      startStep: this.#startStep,
    });
  }

  /** The state that the run goes on from, for its workers; undefined where there is none by that step. */
  checkpointState(step: number): Float32Array | undefined {
    return this.#beginning.checkpointState(step);
  }

  get #startStep(): number {
    return this.#resume?.step ?? 0;
  }

  /** By rank, those without one last. */
  get #everybody(): readonly Member[] {
    const { members } = this.#generations;
    return [...members, ...this.#membership.members.filter((member) => !members.includes(member))];
  }

  #attempt(work: () => void | Promise<void>): void {
    const fail = (error: unknown) => this.fail(error as Error);
    try {
      work()?.catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  #dispatch(member: Member, message: WorkerMessage): void {
    switch (message.kind) {
      case 'heartbeat':
        return member.progress(message.heartbeat!.step, message.heartbeat!.phase);
      case 'prepared':
        member.prepared = message.prepared!;
        this.#log.info(`${member.describe()} is prepared`);
        if (this.#reattachment?.isOpen === true) return this.#reattach(member);
        return this.#state === 'waiting' ? this.#considerStart() : this.#considerNewcomer(member);
      case 'standing':
        return this.#generations.stand(member, message.standing!);
      case 'ready':
        return this.#generations.ready(member, message.ready!);
      case 'peerFault':
        return this.#generations.fault(member, message.peerFault!);
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
        if (message.kind === 'step') this.#faultPoint('training', message.step!.step);
        if (message.kind === 'snapshot') this.#faultPoint('checkpoint', message.snapshot!.step);
        if (message.kind === 'evaluation') this.#faultPoint('evaluation', message.evaluation!.step);
        return this.#considerFinish();
    }
  }

  #considerStart(): void {
    clearTimeout(this.#settleTimer);
    if (this.#state !== 'waiting' || this.#reattachment?.isOpen === true) return;
    const { members, prepared, sinceLastJoinMs } = this.#membership;
    const when = whenToStart(this.#rule, { joined: members.length, prepared, sinceLastJoinMs });
    if (when === 'now') this.#attempt(() => this.#start());
    else if (when !== 'wait') this.#settleTimer = setTimeout(() => this.#considerStart(), when);
  }

  async #start(): Promise<void> {
    this.#state = 'starting';
    const { members } = this.#membership;
    const order = rankOrder(members.map(({ name }) => name));
    const ranked = order.map((name) => members.find((member) => member.name === name)!);
    for (const [rank, member] of ranked.entries()) member.rank = rank;
    checkAgreement(ranked);
    const first = ranked[0]!;
    const otherData = dataChangesOnResume(this.#resume?.manifest, first.prepared!.datasetDigest);
    if (otherData !== undefined) this.#log.warn(otherData);
    const { runDirectory } = this.#options;
    this.#config = withMicroBatches(this.#config, ranked.length, this.#resume?.manifest);
    const exchanged = withFactors(this.#config, first.prepared!.parameters, this.#resume?.manifest);
    this.#config = exchanged.config;
    this.#log.info(
      { exchange: exchanged.reasons },
      `dense layers’ gradients: ${exchanged.reasons.join('; ') || 'none'}`,
    );
    await recordConfig(runDirectory, this.#config);
    if (this.isOver) return;
    this.#openTraining(first, false);
    this.#generations.form();
  }

  #openTraining(first: Member, goesOn: boolean): Training {
    const { runDirectory, lastStep, terminal } = this.#options;
    this.#first = first;
    return (this.#training = new Training({
      ...{ runId: this.#id, runDirectory, config: this.#config, first, lastStep, terminal, goesOn },
      resumedFrom: this.#resume,
      log: this.#log,
      timeline: this.#timeline,
      stepped: () => this.#stall.progress(),
      snapshotDone: () => this.#considerFinish(),
    }));
  }

  /** A worker of the coordinator before is back: with the first, its run goes on. */
  #reattach(member: Member): void {
    const { record } = this.#reattachment!;
    if (this.#training === undefined) {
      const { microBatches } = record.config.training;
      const { factors } = record.config.exchange;
      this.#config = {
        ...this.#config,
        training: { ...this.#config.training, microBatches },
        exchange: { ...this.#config.exchange, factors },
      };
      this.#openTraining(member, true).adopt(record.generation, []);
    }
    this.#reattachment!.look();
  }

  /** `all`: the generation goes on as if nothing had been; else those who came back make the next one. */
  #reattached(record: GenerationRecord, back: readonly Member[], all: boolean): void {
    if (this.isOver) return;
    clearTimeout(this.#startTimer);
    const fresh = this.#membership.members.filter(({ hello }) => hello.runId !== record.runId);
    if (back.length === 0) {
      this.#log.warn('no worker came back: the run goes on from its newest checkpoint');
      this.#id = randomUUID();
      // Somebody came, and went again.
      void this.#training?.close();
      this.#training = undefined;
      this.#startTimer = setTimeout(() => this.#startTimedOut(), this.#config.cluster.startTimeoutMs);
    } else if (all) {
      this.#generations.adopt(record.generation, back);
      this.#training!.adopt(record.generation, back);
      this.#log.info(`all ${back.length} workers of generation ${record.generation} are back`);
      this.#started();
    } else {
      this.#log.warn(
        `${back.length} of ${record.members.length} workers are back: ${back.map(({ name }) => name).join(', ')}`,
      );
      this.#generations.continueFrom(record.generation);
      this.#generations.form();
    }
    for (const member of fresh) this.#welcome(member);
    this.#considerStart();
    this.#considerFinish();
  }

  /** A worker that came after the start is prepared. */
  #considerNewcomer(member: Member): void {
    if (this.#generations.has(member) || this.#first === undefined) return;
    try {
      checkAgreement([this.#first, member]);
    } catch (error) {
      this.#membership.remove(member);
      this.#log.warn(`${member.describe()} is refused: ${(error as Error).message}`);
      return member.dismiss((error as Error).message, true);
    }
    this.#generations.considerNewcomers(this.#beginning.isHeld);
  }

  #started(): void {
    clearTimeout(this.#startTimer);
    this.#beginning.reset();
    this.#stall.progress();
    this.#state = 'training';
    this.#hasStarted = true;
    const { number, members } = this.#generations;
    const after = Math.max(...members.map(({ step }) => step), this.#training!.step);
    this.#log.info(
      { generation: number },
      `training ${number === 1 ? 'starts' : 'goes on'} after step ${after} with ${members.length} worker${members.length === 1 ? '' : 's'}`,
    );
    this.#timeline?.mark('training starts', { afterStep: after });
    if (this.#stopReason !== undefined) this.#tellToStop();
  }

  /** Too few are left: whoever comes in time lets training go on. */
  #paused(): void {
    const there = this.#generations.members.length;
    if (this.#stopReason !== undefined && there === 0) return void this.#end('stopped', { reason: this.#stopReason });
    this.#state = 'paused';
    this.#pause.begin(there, this.#training?.step ?? this.#startStep);
  }

  #stalled(ms: number): void {
    const { members, stage, missing } = this.#generations;
    if (members.length === 0) return;
    const report = stallReport({ members, missing: stage === 'training' ? undefined : missing }, performance.now());
    this.#log.warn(`no step for ${(ms / 1000).toFixed(1)} s (cluster.stallReportMs): ${report}`);
  }

  #tellToStop(): void {
    this.#state = 'stopping';
    for (const member of this.#generations.members) member.send({ stop: { reason: this.#stopReason! } });
  }

  #failure(member: Member, failure: Failure): void {
    const error = workerFailed(member, failure);
    if (this.#training !== undefined && isOfOneWorker(failure)) return this.#lose(member, failure.message, error);
    member.dismiss('it has failed');
    if (failure.peer === '') this.#rootCause.root({ error, worker: member.name });
    else this.#rootCause.symptom({ error, worker: failure.peer });
  }

  /** The member is out; the others go on. */
  #lose(member: Member, how: string, error: TandemError): void {
    if (this.isOver || member.gone.aborted) return;
    this.#membership.remove(member);
    member.dismiss(how);
    if (this.#training === undefined) {
      this.#log.warn(`${member.describe()} left before the start: ${how}`);
      return this.#considerStart();
    }
    if (!this.#generations.has(member)) return this.#log.warn(error.message);
    this.#pause.lost({ error, worker: member.name });
    this.#flaps.lost(member.name, how, performance.now());
    this.#log.warn({ err: error }, error.message);
    this.#timeline?.mark(`${member.name} is lost`);
    this.#options.onWorkerLost?.(member.name, error);
    this.#attempt(() => this.#generations.form());
  }

  #considerFinish(): void {
    if (this.isOver || this.#training === undefined || this.#generations.stage !== 'training') return;
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

  #startTimedOut(): void {
    const { members } = this.#membership;
    this.fail(startTimedOut(members, this.#rule.minWorkers, this.#config.cluster.startTimeoutMs));
  }

  async #failed({ error, worker }: Cause): Promise<void> {
    this.#log.error({ err: error, worker }, `the run failed: ${error.message}`);
    await this.#end('failed', { reason: error.message, error, worker });
  }

  async #end(
    result: RunOutcome['result'],
    { reason, error, worker }: { reason?: string; error?: Error; worker?: string | undefined },
  ): Promise<void> {
    this.#state = result === 'failed' || result === 'aborted' ? 'failed' : 'finished';
    for (const watch of [this.#silence, this.#stall, this.#generations, this.#reattachment]) watch?.close();
    this.#pause.end();
    this.#rootCause.close();
    if (!this.#takenOver) removeRecord(this.#options.runDirectory);
    for (const timer of [this.#startTimer, this.#settleTimer, this.#bookedTimer, this.#graceTimer]) clearTimeout(timer);
    const end = { failed: this.#state === 'failed', reason: reason ?? '' };
    const { members } = this.#membership;
    for (const member of members) member.send({ end });
    const step = this.#training?.step ?? this.#startStep;
    this.#timeline?.mark(`the run ${result === 'failed' ? 'failed' : `is ${result}`}`, { step });
    const checkpoint = await this.#closeTraining();
    this.#beginning.reset();
    await farewell(members);
    this.#timeline?.close();
    const missedCheckpoints = this.#training?.missedCheckpoints ?? [];
    this.#outcome.resolve({
      result,
      step,
      checkpoint: checkpoint?.directory,
      missedCheckpoints,
      reason,
      error,
      worker,
    });
  }

  async #closeTraining(): Promise<WrittenCheckpoint | undefined> {
    try {
      return await this.#training?.close();
    } catch (error) {
      this.#log.error({ err: error }, describeError(error));
      return undefined;
    }
  }

  #closedBecause({ name, runId }: Hello): string | undefined {
    if (this.isOver) return 'the run is over';
    if (runId !== '' && runId !== this.#id)
      return `this is run ${this.#id}, and ${name} is in run ${runId}, which did not go on from its last step: start it anew`;
    if (this.#stopReason !== undefined) return 'the run is stopping';
    return this.#flaps.refusal(name, performance.now());
  }
}

/** Whether workers of the recorded run would train the same bits under this configuration. */
function isSameRun(record: GenerationRecord, config: RunConfig): boolean {
  try {
    return changesOnResume(record.config, config, 'generation.json').length === 0;
  } catch {
    return false;
  }
}

/** At once: what the answer waits for here is not known to the one that asks. */
function readClock(member: Member, { sentUs: probeSentUs }: ClockProbe): void {
  const receivedUs = monotonicUs();
  member.send({ clockReading: { probeSentUs, receivedUs, sentUs: monotonicUs() } });
}

/** Ends the streams; a worker that does not take its last message is not waited for. */
async function farewell(members: readonly Member[]): Promise<void> {
  await withTimeout(Promise.all(members.map((member) => member.end())), {
    name: 'FAREWELL_TIMEOUT_MS',
    ms: FAREWELL_TIMEOUT_MS,
    waitingFor: 'the workers to hear of the end',
  }).catch(() => undefined);
}
