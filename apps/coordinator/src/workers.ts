import { faultPoint, type TandemError } from '@tandem/core';
import type { Logger, RecordedSteps } from '@tandem/observability';
import type { Hello, WorkerMessage } from '@tandem/rpc';
import { workerLost } from './errors.js';
import { GenerationStart } from './generation-start.js';
import { Generations } from './generations.js';
import type { Job } from './job.js';
import { checkAgreement } from './membership/agreement.js';
import { closedBecause } from './membership/closed-because.js';
import { FlapGuard } from './membership/flap-guard.js';
import type { JoinCall, Member } from './membership/member.js';
import { Membership } from './membership/membership.js';
import { Pause } from './membership/pause.js';
import { SilenceWatch } from './membership/silence-watch.js';
import { stallReport } from './membership/stall-report.js';
import { StallWatch } from './membership/stall-watch.js';
import type { RunLife } from './run-life.js';
import type { Timeline } from './timeline/timeline.js';
import type { Cause } from './training/root-cause.js';

export interface WorkersOptions {
  readonly log: Logger;
  readonly timeline: Timeline | undefined;
  /** Of which steps workers say what they did; undefined: of none. */
  readonly recordedSteps: RecordedSteps | undefined;
  readonly runDirectory: string;
  readonly maxWorkers: number;
  readonly lastStep: number | undefined;
  readonly job: Pick<Job, 'id' | 'config' | 'training'>;
  readonly life: Pick<RunLife, 'isStopping' | 'isOver'>;
  /** A generation is published, before its members hear of it. */
  readonly published: (number: number, members: readonly Member[]) => void;
  /** A generation trains. */
  readonly started: () => void;
  /** Too few are left: the run stands still. */
  readonly paused: () => void;
  readonly leftBeforeStart: () => void;
  readonly lost: ((worker: string, error: Error) => void) | undefined;
  readonly fail: (cause: Cause) => void;
}

/** Everybody who takes part: who is connected, who is in the present generation, and what becomes of it when they come and go. */
export class Workers {
  readonly generations: Generations;
  readonly #options: WorkersOptions;
  readonly #membership: Membership;
  readonly #flaps: FlapGuard;
  readonly #start: GenerationStart;
  readonly #pause: Pause;
  readonly #silence: SilenceWatch;
  readonly #stall: StallWatch;
  readonly #faultPoint = faultPoint('coordinator');
  /** What newcomers are compared with. */
  #reference: Pick<Member, 'hello' | 'prepared' | 'describe'> | undefined;

  constructor(options: WorkersOptions) {
    const { log, job, life } = options;
    const { cluster, exchange } = job.config;
    this.#options = options;
    this.#flaps = new FlapGuard(cluster);
    this.#membership = new Membership({
      maxWorkers: options.maxWorkers,
      aliveMs: 2 * cluster.heartbeatMs,
      closedBecause: (hello) =>
        closedBecause(hello, { runId: job.id, isOver: life.isOver, isStopping: life.isStopping }) ??
        this.#flaps.refusal(hello.name, performance.now()),
      displaced: (member) => this.#displaced(member),
    });
    this.generations = new Generations({
      ...{
        log,
        membership: this.#membership,
        flaps: this.#flaps,
        standTimeoutMs: exchange.timeoutMs,
        reattachMs: cluster.reattachMs,
      },
      configJson: () => JSON.stringify(job.config),
      open: () => job.training !== undefined && !life.isStopping && !life.isOver,
      published: (number, members) => this.#published(number, members),
      agreed: (start) => this.attempt(() => this.#start.agreed(start)),
      begun: ({ step, behind = [] }) => {
        if (behind.length > 0) this.#faultPoint('state-transfer', Number(step));
      },
      started: () => this.started(),
      deserted: () => this.#paused(),
      lost: (member, how) => this.left(member, how),
    });
    this.#start = new GenerationStart({
      ...{ log, runDirectory: options.runDirectory, generations: this.generations },
      ...{ minWorkers: cluster.minWorkers, lastStep: options.lastStep },
      isStopping: () => life.isStopping,
      training: () => job.training!,
      parameters: () => this.#reference!.prepared!.parameters,
      paused: () => this.#paused(),
    });
    this.#pause = new Pause({ ...cluster, log, failed: options.fail });
    this.#stall = new StallWatch({
      reportMs: cluster.stallReportMs,
      expected: () => this.generations.stage !== undefined && !this.#start.isHeld,
      onStall: (ms) => this.#stalled(ms),
    });
    this.#silence = new SilenceWatch({
      ...cluster,
      watched: () => this.#membership.members,
      onSilence: (member, silentMs) =>
        this.left(member, `nothing was heard of it for ${Math.round(silentMs)} ms (cluster.heartbeatTimeoutMs)`),
    });
  }

  /** By rank, then those who are in no generation. */
  get all(): readonly Member[] {
    const { members } = this.generations;
    return [...members, ...this.connected.filter((member) => !members.includes(member))];
  }

  /** In the order of joining. */
  get connected(): readonly Member[] {
    return this.#membership.members;
  }

  get gathering() {
    const { members, prepared, sinceLastJoinMs } = this.#membership;
    return { joined: members.length, prepared, sinceLastJoinMs };
  }

  /** Throws a JoinRefusal. */
  join(call: JoinCall, hello: Hello): Member {
    const { log, timeline } = this.#options;
    const member = this.#membership.join(call, hello);
    log.info(
      { event: 'worker.joined', worker: hello },
      `${member.describe()} joined (${this.connected.length} there, ${hello.device})`,
    );
    timeline?.mark(`${member.name} joined`);
    this.#faultPoint('joining', this.#step);
    return member;
  }

  /** Tells the worker what it has joined. */
  welcome(member: Member): void {
    const { id: runId, config } = this.#options.job;
    const { heartbeatMs, coordinatorTimeoutMs } = config.cluster;
    const { recordedSteps: steps } = this.#options;
    member.send({
      welcome: {
        ...{ runId, heartbeatMs, coordinatorTimeoutMs, configJson: JSON.stringify(config) },
        ...(steps !== undefined && {
          timeline: { firstStep: steps.first, lastStep: steps.last, everySteps: steps.everySteps },
        }),
      },
    });
  }

  /** All that come later must be like this one, which is prepared. */
  compareWith(member: Member): void {
    this.#reference = member;
  }

  /** Whether the message was about generations, or a sign of life. Throws a RunError: see Generations. */
  handle(member: Member, { kind, heartbeat, standing, ready, peerFault }: WorkerMessage): boolean {
    if (kind === 'heartbeat') member.progress(heartbeat!.step, heartbeat!.phase);
    else if (kind === 'standing') this.generations.stand(member, standing!);
    else if (kind === 'ready') this.generations.ready(member, ready!);
    else if (kind === 'peerFault') this.generations.fault(member, peerFault!);
    else return false;
    return true;
  }

  /** A worker that came after the start is prepared. */
  considerNewcomer(member: Member): void {
    if (this.generations.has(member) || this.#reference === undefined) return;
    try {
      checkAgreement([this.#reference, member]);
    } catch (error) {
      const { message } = error as Error;
      this.#membership.remove(member);
      this.#options.log.warn({ event: 'worker.refused' }, `${member.describe()} is refused: ${message}`);
      return member.dismiss(message, true);
    }
    this.generations.considerNewcomers(this.#start.isHeld);
  }

  /** The member's stream broke, it fell silent, or its peers cannot go on with it. */
  left(member: Member, how: string): void {
    this.lose(member, how, lostMember(member, how));
  }

  /** The member is out; the others go on. `replaced`: by another process, or connection, of its name. */
  lose(member: Member, how: string, error: TandemError, replaced = false): void {
    const { log, timeline, job, life, leftBeforeStart, lost } = this.#options;
    if (life.isOver || member.gone.aborted) return;
    this.#membership.remove(member);
    member.dismiss(how);
    if (job.training === undefined) {
      log.warn({ event: 'worker.left' }, `${member.describe()} left before the start: ${how}`);
      return leftBeforeStart();
    }
    if (!this.generations.has(member)) return log.warn({ event: 'worker.left' }, error.message);
    this.#pause.lost({ error, worker: member.name });
    this.#flaps.lost(member.name, how, performance.now());
    log.warn({ event: 'worker.lost', rank: member.rank, err: error }, error.message);
    timeline?.mark(`${member.name} is lost`);
    if (!replaced) lost?.(member.name, error);
    this.attempt(() => this.generations.form());
  }

  /** The generation trains. */
  started(): void {
    const { log, timeline } = this.#options;
    const { number, members } = this.generations;
    this.#start.reset();
    this.#stall.progress();
    const afterStep = Math.max(...members.map(({ step }) => step), this.#step);
    const workers = `${members.length} worker${members.length === 1 ? '' : 's'}`;
    log.info(
      { event: 'training.started', generation: number },
      `training ${number === 1 ? 'starts' : 'goes on'} after step ${afterStep} with ${workers}`,
    );
    timeline?.mark('training starts', { afterStep });
    this.#options.started();
  }

  /** A step is in the books. */
  stepped(step: number): void {
    this.#stall.progress();
    this.#faultPoint('training', step);
  }

  /** The run is to stop. Gives whether the members do so by themselves: their generation is about to begin, and ends at once. */
  stopAtStart(): boolean {
    if (!this.#start.isHeld) return this.generations.stage !== 'training';
    this.attempt(() => this.#start.release());
    return true;
  }

  /** The state that the present generation starts from; undefined where there is none by that step. */
  checkpointState(step: number): Float32Array | undefined {
    return this.#start.checkpointState(step);
  }

  /** What fails here fails the run. */
  attempt(work: () => void | Promise<void>): void {
    const fail = (error: unknown) => this.#options.fail({ error: error as Error, worker: undefined });
    try {
      work()?.catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  close(): void {
    for (const watch of [this.#silence, this.#stall, this.#pause, this.generations]) watch.close();
    this.#start.reset();
  }

  /** That all have committed. */
  get #step(): number {
    return this.#options.job.training?.step ?? 0;
  }

  #displaced(member: Member): void {
    const how = 'another connection of its name took its place';
    this.lose(member, how, lostMember(member, how), true);
  }

  #published(number: number, members: readonly Member[]): void {
    const { published, timeline } = this.#options;
    this.#start.reset();
    this.#pause.close();
    this.#stall.progress();
    published(number, members);
    timeline?.mark(`generation ${number}`, { workers: members.length });
    this.#faultPoint('forming', this.#step);
  }

  #paused(): void {
    this.#pause.begin(this.generations.members.length, this.#step);
    this.#options.paused();
  }

  #stalled(ms: number): void {
    const { members, stage, missing } = this.generations;
    if (members.length === 0) return;
    const report = stallReport({ members, missing: stage === 'training' ? undefined : missing }, performance.now());
    this.#options.log.warn(
      { event: 'run.stalled' },
      `no step for ${(ms / 1000).toFixed(1)} s (cluster.stallReportMs): ${report}`,
    );
  }
}

function lostMember(member: Member, how: string): TandemError {
  const { rank, name, hello, step } = member;
  return workerLost(member.describe(), how, { rank, worker: name, host: hello.host, step });
}
