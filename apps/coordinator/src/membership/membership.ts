import { status as Status } from '@grpc/grpc-js';
import { type Hello, PROTOCOL_VERSION } from '@tandem/rpc';
import { type JoinCall, Member } from './member.js';
import { rankOrder } from './ranks.js';

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
  /** Why nobody may join any more; undefined: they may. */
  readonly closedBecause: () => string | undefined;
}

/** The workers that have joined, in the order of joining until they have ranks. */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #members = new Map<string, Member>();
  #order: Member[] = [];
  #lastJoinMs = performance.now();

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** By rank, once there are ranks. */
  get members(): readonly Member[] {
    return this.#order;
  }

  get prepared(): number {
    return this.#order.filter(({ prepared }) => prepared !== undefined).length;
  }

  get sinceLastJoinMs(): number {
    return performance.now() - this.#lastJoinMs;
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
    const namesake = this.#members.get(name);
    if (namesake !== undefined)
      throw new JoinRefusal(
        Status.ALREADY_EXISTS,
        `there is a worker ${name} already, on ${namesake.hello.host} (process ${namesake.hello.pid}): choose another --name`,
      );
    const closed = this.#options.closedBecause();
    if (closed !== undefined) throw new JoinRefusal(Status.FAILED_PRECONDITION, closed);
    if (this.#order.length >= this.#options.maxWorkers)
      throw new JoinRefusal(Status.FAILED_PRECONDITION, `the run has its ${this.#options.maxWorkers} workers`);
    this.#lastJoinMs = performance.now();
    const member = new Member(call, hello, this.#lastJoinMs);
    this.#members.set(name, member);
    this.#order.push(member);
    return member;
  }

  /** Before the start only: the name is free again. */
  remove(member: Member): void {
    this.#members.delete(member.name);
    this.#order = this.#order.filter((other) => other !== member);
  }

  assignRanks(): void {
    this.#order = rankOrder(this.#order.map(({ name }) => name)).map((name) => this.#members.get(name)!);
    this.#order.forEach((member, rank) => {
      member.rank = rank;
    });
  }
}
