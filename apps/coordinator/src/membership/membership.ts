import { status as Status } from '@grpc/grpc-js';
import { type Hello, PROTOCOL_VERSION } from '@tandem/rpc';
import { type JoinCall, Member } from './member.js';

/** A join that is refused, as gRPC says it. */
export class JoinRefusal extends Error {
  constructor(
    readonly code: Status,
    readonly details: string,
  ) {
    super(details);
  }
}

export interface MembershipOptions {
  readonly maxWorkers: number;
  /** A worker that was heard of more lately than this is not taken for dead when another of its name comes. */
  readonly aliveMs: number;
  /** Why this worker may not join; undefined: it may. */
  readonly closedBecause: (hello: Hello) => string | undefined;
  /** A worker's place is taken by its successor. It is to be removed. */
  readonly displaced: (member: Member) => void;
}

/** The workers that are connected, in the order of joining: those of the present generation, and those that may enter the next. */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #members = new Map<string, Member>();
  #lastJoinMs = performance.now();

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  get prepared(): number {
    return this.members.filter(({ prepared }) => prepared !== undefined).length;
  }

  get sinceLastJoinMs(): number {
    return performance.now() - this.#lastJoinMs;
  }

  has(member: Member): boolean {
    return this.#members.get(member.name) === member;
  }

  /** Throws a JoinRefusal. */
  join(call: JoinCall, hello: Hello): Member {
    const { protocolVersion, name } = hello;
    if (protocolVersion !== PROTOCOL_VERSION)
      throw new JoinRefusal(
        Status.FAILED_PRECONDITION,
        `the coordinator speaks protocol version ${PROTOCOL_VERSION}, ${name} speaks ${protocolVersion}: install the same version of Tandem on all machines`,
      );
    if (name === '') throw new JoinRefusal(Status.INVALID_ARGUMENT, 'the worker has no name: give it one with --name');
    this.#makeWay(hello);
    const closed = this.#options.closedBecause(hello);
    if (closed !== undefined) throw new JoinRefusal(Status.FAILED_PRECONDITION, closed);
    if (this.#members.size >= this.#options.maxWorkers)
      throw new JoinRefusal(Status.FAILED_PRECONDITION, `the run has its ${this.#options.maxWorkers} workers`);
    this.#lastJoinMs = performance.now();
    const member = new Member(call, hello, this.#lastJoinMs);
    this.#members.set(name, member);
    return member;
  }

  /** The name is free again. */
  remove(member: Member): void {
    if (this.has(member)) this.#members.delete(member.name);
  }

  /** A worker that comes back on another connection, or in place of one that died without a word, takes its name over. */
  #makeWay({ name, incarnation }: Hello): void {
    const namesake = this.#members.get(name);
    if (namesake === undefined) return;
    const same = incarnation !== '' && incarnation === namesake.hello.incarnation;
    if (!same && performance.now() - namesake.lastHeardMs < this.#options.aliveMs)
      throw new JoinRefusal(
        Status.ALREADY_EXISTS,
        `there is a worker ${name} already, on ${namesake.hello.host} (process ${namesake.hello.pid}): choose another --name`,
      );
    this.#options.displaced(namesake);
  }
}
