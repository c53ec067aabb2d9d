import type { Logger } from '@tandem/observability';
import type { BeginInput, CoordinatorMessageInput, PeerFault, Ready, Standing } from '@tandem/rpc';
import { replicasDiffer } from './errors.js';
import { type Accusation, whomToDrop } from './membership/accusations.js';
import type { CommonStart } from './membership/common-start.js';
import type { FlapGuard } from './membership/flap-guard.js';
import { Formation, type FormationStage } from './membership/formation.js';
import type { Member } from './membership/member.js';
import type { Membership } from './membership/membership.js';
import { rankOrder } from './membership/ranks.js';
import { FAILURE_GRACE_MS } from './timeouts.js';

export interface GenerationsOptions {
  readonly log: Logger;
  readonly membership: Membership;
  readonly flaps: FlapGuard;
  /** A member that has not left the step in flight within so long is out. */
  readonly standTimeoutMs: number;
  /** So long those are waited for who were in the same generation as somebody that comes back when nobody was left. */
  readonly reattachMs: number;
  readonly configJson: () => string;
  /** Whether newcomers may enter now. */
  readonly open: () => boolean;
  /** Before the members are told. */
  readonly published: (number: number, members: readonly Member[]) => void;
  /** All stand: `begin` is called when the generation may start. */
  readonly agreed: (start: CommonStart) => void;
  readonly begun: (begin: Omit<BeginInput, 'generation'>) => void;
  readonly started: () => void;
  /** Nobody is left. */
  readonly deserted: () => void;
  /** A member is to be dropped. */
  readonly lost: (member: Member, how: string) => void;
}

/**
 * One membership after another: published to its members, who stop where they stand; agreed on when all have said so; begun;
 * training when all are ready. A member that is lost, or a newcomer that is prepared, makes the next one.
 */
export class Generations {
  readonly #options: GenerationsOptions;
  #number = 0;
  /** By rank. */
  #members: readonly Member[] = [];
  #formation: Formation | undefined;
  /** Names of the members of the last generation that trained. */
  #trained: readonly string[] = [];
  /** When the first of them came back after nobody had been left. */
  #firstBackMs: number | undefined;
  #standTimer: NodeJS.Timeout | undefined;
  #returnTimer: NodeJS.Timeout | undefined;
  #accusations: Accusation[] = [];
  #accusationTimer: NodeJS.Timeout | undefined;

  constructor(options: GenerationsOptions) {
    this.#options = options;
  }

  /** Of the newest generation; 0: there was none yet. */
  get number(): number {
    return this.#number;
  }

  /** By rank. */
  get members(): readonly Member[] {
    return this.#members;
  }

  get stage(): FormationStage | undefined {
    return this.#formation?.stage;
  }

  /** Those that the stage waits for. */
  get missing(): readonly Member[] {
    const missing = this.#formation?.missing ?? [];
    return this.#members.filter(({ name }) => missing.includes(name));
  }

  /** To all members. */
  send(message: CoordinatorMessageInput): void {
    for (const member of this.#members) member.send(message);
  }

  has(member: Member): boolean {
    return this.#members.includes(member);
  }

  /** The numbers go on after this one. */
  continueFrom(number: number): void {
    this.#number = number;
  }

  /** A generation that trains already, of members that came back to this coordinator. */
  adopt(number: number, members: readonly Member[]): void {
    this.#number = number;
    this.#members = members;
    for (const [rank, member] of members.entries()) member.rank = rank;
    this.#trained = members.map(({ name }) => name);
    this.#formation = Formation.training(number, this.#trained);
  }

  /** Publishes the next generation: those who are left in the order of their ranks, then newcomers. */
  form(): void {
    this.close();
    const { membership, log, configJson, published, deserted, standTimeoutMs } = this.#options;
    const left = this.#members.filter((member) => membership.has(member));
    const newcomers = this.#newcomers().filter((member) => this.#pauseMs(member) === 0);
    const order = rankOrder(newcomers.map(({ name }) => name));
    newcomers.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
    const members = [...left, ...newcomers];
    this.#members = members;
    this.#formation = undefined;
    if (members.length === 0) {
      deserted();
      return this.considerNewcomers();
    }
    this.#firstBackMs = undefined;
    const number = ++this.#number;
    for (const [rank, member] of members.entries()) {
      member.rank = rank;
      member.finishedStep = undefined;
    }
    this.#formation = new Formation(
      number,
      members.map(({ name }) => name),
    );
    log.info(
      { event: 'generation.formed', generation: number, members: members.map(({ name }) => name) },
      `generation ${number}: ${members.map(({ rank, name }) => `rank ${rank} is ${name}`).join(', ')}`,
    );
    published(number, members);
    const listed = members.map(({ rank, name, address }) => ({ rank: rank!, name, address }));
    this.send({ generation: { number, members: listed, configJson: configJson() } });
    this.#standTimer = setTimeout(() => this.#standTimedOut(), standTimeoutMs);
  }

  stand(member: Member, standing: Standing): void {
    if (!this.#isPresent(member, standing.generation)) return;
    const start = this.#formation!.stand(member.name, standing);
    if (start === undefined) return;
    clearTimeout(this.#standTimer);
    this.#options.agreed(start);
  }

  begin(begin: Omit<BeginInput, 'generation'>): void {
    this.#formation?.begin();
    this.send({ begin: { ...begin, generation: this.#number } });
    this.#options.begun(begin);
  }

  /** Throws a RunError (`TANDEM_REPLICAS_DIFFER`) that names who starts with other weights. */
  ready(member: Member, { generation, weightsDigest }: Ready): void {
    if (!this.#isPresent(member, generation)) return;
    const formation = this.#formation!;
    const unlike = formation.ready(member.name, weightsDigest);
    const other = this.#members.find(({ name }) => name === unlike);
    if (other !== undefined) {
      const [first, second] = [member, other].sort((a, b) => a.rank! - b.rank!) as [Member, Member];
      throw replicasDiffer(`${second.describe()} starts with other weights than ${first.describe()}`, {
        rank: second.rank,
      });
    }
    if (formation.stage !== 'training') return;
    this.#trained = this.#members.map(({ name }) => name);
    this.#options.started();
    this.considerNewcomers();
  }

  /** The member cannot go on: who is to blame shows when all who notice have said so. */
  fault(member: Member, fault: PeerFault): void {
    if (!this.#isPresent(member, fault.generation)) return;
    this.#options.log.warn(
      { event: 'worker.stuck', rank: member.rank, fault },
      `${member.describe()} cannot go on: ${fault.message}`,
    );
    this.#accusations.push({ by: member.name, fault });
    this.#accusationTimer ??= setTimeout(() => this.#judge(), FAILURE_GRACE_MS);
  }

  /** Makes the next generation if somebody waits to enter and nothing is under way; or looks again when somebody may. */
  considerNewcomers(held = false): void {
    clearTimeout(this.#returnTimer);
    const { stage } = this;
    if (!this.#options.open() || (stage !== undefined && stage !== 'training' && !held)) return;
    const dueMs = this.#comradesDueMs();
    if (dueMs > 0) {
      this.#returnTimer = setTimeout(() => this.considerNewcomers(held), dueMs);
      return;
    }
    const pauses = this.#newcomers().map((member) => this.#pauseMs(member));
    if (pauses.includes(0)) return this.form();
    if (pauses.length > 0)
      this.#returnTimer = setTimeout(() => this.considerNewcomers(held), Math.max(1, Math.min(...pauses)));
  }

  /** Ends all timers. */
  close(): void {
    for (const timer of [this.#standTimer, this.#returnTimer, this.#accusationTimer]) clearTimeout(timer);
    this.#accusationTimer = undefined;
    this.#accusations = [];
  }

  #newcomers(): Member[] {
    if (!this.#options.open()) return [];
    return this.#options.membership.members.filter(
      (member) => member.prepared !== undefined && !this.#members.includes(member),
    );
  }

  /**
   * Nobody was left, and somebody comes who has the run's state: it was this coordinator that could not be reached, and the others
   * trained on. They come too, and what they have to report of steps and evaluations nobody else can.
   */
  #comradesDueMs(): number {
    if (this.#members.length > 0) return 0;
    const back = this.#newcomers().filter(({ name, hello }) => hello.generation > 0 && this.#trained.includes(name));
    if (back.length === 0 || back.length === this.#trained.length) return 0;
    this.#firstBackMs ??= performance.now();
    return this.#firstBackMs + this.#options.reattachMs - performance.now();
  }

  #pauseMs({ name }: Member): number {
    return this.#options.flaps.pauseMs(name, performance.now());
  }

  /** What members say of generations before is not news. */
  #isPresent(member: Member, generation: number): boolean {
    return this.#formation !== undefined && generation === this.#number && this.has(member);
  }

  #standTimedOut(): void {
    const how = `it did not leave the step in flight within ${this.#options.standTimeoutMs} ms (exchange.timeoutMs)`;
    for (const member of this.missing) this.#options.lost(member, how);
  }

  #judge(): void {
    const accusations = this.#accusations;
    this.#accusations = [];
    this.#accusationTimer = undefined;
    const name = whomToDrop(
      accusations,
      this.#members.map((member) => member.name),
    );
    const member = this.#members.find((candidate) => candidate.name === name);
    if (member === undefined) return this.form();
    const { by, fault } = accusations.find(({ fault: { peers } }) => peers.includes(member.name))!;
    this.#options.lost(member, `${by} says: ${fault.message}`);
  }
}
