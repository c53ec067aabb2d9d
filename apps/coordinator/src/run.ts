import { randomUUID } from 'node:crypto';
import { type CheckpointState, readCheckpoint } from '@tandem/checkpoint';
import { Deferred, describeError, type RunConfig, withTimeout } from '@tandem/core';
import { type Logger, monotonicUs } from '@tandem/observability';
import type { ClockProbe, ClusterStatusInput, Failure, Hello, Ready, WorkerMessage } from '@tandem/rpc';
import { dataChangesOnResume } from './data-changes.js';
import { protocolFault, replicasDiffer, stopTimedOut, workerLost } from './errors.js';
import { buildGeneration, withFactors, withMicroBatches } from './generation.js';
import { startTimedOut, workerFailed } from './membership/faults.js';
import { checkAgreement } from './membership/agreement.js';
import type { JoinCall, Member } from './membership/member.js';
import { Membership } from './membership/membership.js';
import { SilenceWatch } from './membership/silence-watch.js';
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

/**
 * One run from the first worker that joins to the last one that leaves:
 * waiting → starting (generation published) → training → stopping → finished, and from anywhere → failed.
 */
export class Run {
  readonly id = randomUUID();
  readonly #options: CoordinatorOptions;
  readonly #log: Logger;
  readonly #resume: ResumePoint | undefined;
  readonly #rule: StartRule;
  readonly #membership: Membership;
  readonly #silence: SilenceWatch;
  readonly #rootCause = new RootCause((cause) => void this.#failed(cause));
  readonly #outcome = new Deferred<RunOutcome>();
  readonly #startTimer: NodeJS.Timeout;
  readonly #timeline: Timeline | undefined;
  #config: RunConfig;
  #state: RunState = 'waiting';
  #settleTimer: NodeJS.Timeout | undefined;
  #graceTimer: NodeJS.Timeout | undefined;
  #training: Training | undefined;
  #checkpoint: CheckpointState | undefined;
  #stopReason: string | undefined;

  /** Throws a ConfigurationError where the timeline cannot be written. */
  constructor(options: CoordinatorOptions, log: Logger, resume: ResumePoint | undefined) {
    const { cluster } = options.config;
    this.#options = options;
    this.#log = log;
    this.#resume = resume;
    this.#config = options.config;
    if (options.timeline !== undefined) {
      const { file, steps = DEFAULT_TIMELINE_STEPS } = options.timeline;
      this.#timeline = new Timeline({ file, steps: wantedSteps(steps, this.#startStep), runId: this.id, log });
    }
    this.#rule = {
      minWorkers: options.worldSize ?? cluster.minWorkers,
      maxWorkers: options.worldSize ?? cluster.maxWorkers ?? Infinity,
      settleMs: cluster.settleMs,
    };
    this.#membership = new Membership({
      maxWorkers: this.#rule.maxWorkers,
      closedBecause: () => this.#closedBecause(),
    });
    this.#silence = new SilenceWatch({
      ...cluster,
      watched: () =>
        this.#membership.members.filter(({ finishedStep, failed }) => finishedStep === undefined && !failed),
      onSilence: (member, silentMs) =>
        this.left(member, `nothing was heard of it for ${Math.round(silentMs)} ms (cluster.heartbeatTimeoutMs)`),
    });
    this.#startTimer = setTimeout(() => this.#startTimedOut(), cluster.startTimeoutMs);
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
    const steps = this.#timeline?.steps;
    member.send({
      welcome: {
        runId: this.id,
        heartbeatMs: this.#config.cluster.heartbeatMs,
        configJson: JSON.stringify(this.#config),
        ...(steps !== undefined && { timeline: { firstStep: steps.first, lastStep: steps.last } }),
      },
    });
    return member;
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
    if (this.#isOver || member.failed) return;
    try {
      this.#dispatch(member, message);
    } catch (error) {
      this.#rootCause.root({ error: error as Error, worker: undefined });
    }
  }

  /** The member's stream broke, or it fell silent. */
  left(member: Member, how: string): void {
    if (this.#isOver || member.failed || member.finishedStep !== undefined) return;
    if (this.#state === 'waiting') {
      this.#log.warn(`${member.describe()} left before the start: ${how}`);
      member.failed = true;
      this.#membership.remove(member);
      void member.end();
      this.#considerStart();
      return;
    }
    const { rank, name, hello, step } = member;
    const error = workerLost(member.describe(), how, { rank, worker: name, host: hello.host, step });
    this.#rootCause.root({ error, worker: name });
  }

  requestStop(reason: string): void {
    if (this.#isOver || this.#stopReason !== undefined) return;
    this.#stopReason = reason;
    this.#log.info(`stopping: ${reason}`);
    const { graceMs } = this.#config.checkpoint;
    this.#graceTimer = setTimeout(() => this.fail(stopTimedOut(reason, graceMs)), graceMs);
    if (this.#state === 'waiting') void this.#end('stopped', { reason });
    // While the generation is starting, the stop waits for the first step boundary there is.
    if (this.#state === 'training') this.#tellToStop();
  }

  fail(error: Error, worker?: string): void {
    if (!this.#isOver) this.#rootCause.root({ error, worker });
  }

  abort(reason: string): void {
    if (!this.#isOver) void this.#end('aborted', { reason });
  }

  status(): ClusterStatusInput {
    const { members } = this.#membership;
    return clusterStatus({
      runId: this.id,
      state: this.#state,
      members,
      training: this.#training,
      startStep: this.#startStep,
    });
  }

  /** The state that the run goes on from, for its workers; undefined where there is none by that step. */
  checkpointState(step: number): Float32Array | undefined {
    return this.#resume?.step === step ? this.#checkpoint?.state : undefined;
  }

  get #startStep(): number {
    return this.#resume?.step ?? 0;
  }

  get #isOver(): boolean {
    return this.#state === 'finished' || this.#state === 'failed';
  }

  #dispatch(member: Member, message: WorkerMessage): void {
    switch (message.kind) {
      case 'heartbeat':
        member.step = message.heartbeat!.step;
        member.phase = message.heartbeat!.phase;
        return;
      case 'prepared':
        member.prepared = message.prepared!;
        this.#log.info(`${member.describe()} is prepared`);
        return this.#considerStart();
      case 'ready':
        return this.#ready(member, message.ready!);
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

  #considerStart(): void {
    clearTimeout(this.#settleTimer);
    if (this.#state !== 'waiting') return;
    const { members, prepared, sinceLastJoinMs } = this.#membership;
    const when = whenToStart(this.#rule, { joined: members.length, prepared, sinceLastJoinMs });
    if (when === 'now') this.#start().catch((error: unknown) => this.fail(error as Error));
    else if (when !== 'wait') this.#settleTimer = setTimeout(() => this.#considerStart(), when);
  }

  async #start(): Promise<void> {
    this.#state = 'starting';
    this.#membership.assignRanks();
    const { members } = this.#membership;
    checkAgreement(members);
    const otherData = dataChangesOnResume(this.#resume?.manifest, members[0]!.prepared!.datasetDigest);
    if (otherData !== undefined) this.#log.warn(otherData);
    const { runDirectory, lastStep, terminal } = this.#options;
    this.#config = withMicroBatches(this.#config, members.length, this.#resume?.manifest);
    const exchanged = withFactors(this.#config, members[0]!.prepared!.parameters, this.#resume?.manifest);
    this.#config = exchanged.config;
    this.#log.info(
      { exchange: exchanged.reasons },
      `dense layers’ gradients: ${exchanged.reasons.join('; ') || 'none'}`,
    );
    await recordConfig(runDirectory, this.#config);
    if (this.#resume !== undefined) {
      this.#checkpoint = await readCheckpoint(this.#resume.directory, members[0]!.prepared!.parameters);
      if (this.#isOver) return;
    }
    this.#training = new Training({
      runId: this.id,
      runDirectory,
      config: this.#config,
      members,
      resumedFrom: this.#resume,
      lastStep,
      log: this.#log,
      terminal,
      timeline: this.#timeline,
      snapshotDone: () => this.#considerFinish(),
    });
    this.#log.info(`generation 1: ${members.map(({ rank, name }) => `rank ${rank} is ${name}`).join(', ')}`);
    const resumed = this.#resume !== undefined;
    const generation = buildGeneration({
      ...{ members, resumed, lastStep },
      step: this.#startStep,
      config: this.#config,
      evaluations: this.#training.earlierEvaluations,
    });
    this.#timeline?.mark('generation 1', { workers: members.length });
    for (const member of members) member.send({ generation });
  }

  #ready(member: Member, { weightsDigest }: Ready): void {
    const { members } = this.#membership;
    member.weightsDigest = weightsDigest;
    const [first] = members;
    if (first?.weightsDigest !== undefined)
      for (const other of members)
        if (other.weightsDigest !== undefined && other.weightsDigest !== first.weightsDigest)
          throw replicasDiffer(
            `${other.describe()} starts with other weights than ${first.describe()} at step ${this.#startStep}`,
            {
              rank: other.rank,
              step: this.#startStep,
            },
          );
    if (members.some((other) => other.weightsDigest === undefined)) return;
    clearTimeout(this.#startTimer);
    this.#checkpoint = undefined;
    this.#state = 'training';
    this.#log.info(`training starts after step ${this.#startStep} with ${members.length} workers`);
    this.#timeline?.mark('training starts', { afterStep: this.#startStep });
    if (this.#stopReason !== undefined) this.#tellToStop();
  }

  #tellToStop(): void {
    this.#state = 'stopping';
    for (const member of this.#membership.members) member.send({ stop: { reason: this.#stopReason! } });
  }

  #failure(member: Member, failure: Failure): void {
    member.failed = true;
    const error = workerFailed(member, failure);
    if (failure.peer === '') this.#rootCause.root({ error, worker: member.name });
    else this.#rootCause.symptom({ error, worker: failure.peer });
  }

  #considerFinish(): void {
    if (this.#isOver || this.#training === undefined) return;
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
    this.#silence.close();
    this.#rootCause.close();
    clearTimeout(this.#startTimer);
    clearTimeout(this.#settleTimer);
    clearTimeout(this.#graceTimer);
    const end = { failed: this.#state === 'failed', reason: reason ?? '' };
    const { members } = this.#membership;
    for (const member of members) member.send({ end });
    const step = this.#training?.step ?? this.#startStep;
    this.#timeline?.mark(`the run ${result === 'failed' ? 'failed' : `is ${result}`}`, { step });
    const checkpoint = await this.#closeTraining();
    this.#checkpoint = undefined;
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

  #closedBecause(): string | undefined {
    if (this.#isOver) return 'the run is over';
    if (this.#state === 'waiting') return undefined;
    return 'the run has started, and workers cannot join a running one yet: start all before, or raise cluster.settleMs';
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
