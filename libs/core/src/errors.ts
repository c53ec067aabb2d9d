/** What an error says: the fault, where it is, what was expected and what to do about it. */
export interface ErrorDetails {
  /** Stable, documented in docs/errors.md. */
  readonly code: string;
  /** One clause, no full stop: "training.globalBatch is -3". */
  readonly what: string;
  /** The file, key, rank or address that the fault is in. */
  readonly where?: string;
  readonly expected?: string;
  readonly remedy?: string;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

function compose(details: ErrorDetails): string {
  const head = details.where === undefined ? details.what : `${details.where}: ${details.what}`;
  const expected = details.expected === undefined ? '' : ` Expected ${details.expected}.`;
  const remedy = details.remedy === undefined ? '' : ` ${details.remedy}`;
  // What another process said is a sentence already.
  return `${head.replace(/\.$/, '')}.${expected}${remedy}`;
}

/** The root of every error that Tandem raises on purpose. `exitCode` is what a process that ends by it returns. */
export abstract class TandemError extends Error {
  readonly code: string;
  readonly where: string | undefined;
  readonly context: Readonly<Record<string, unknown>>;
  abstract readonly exitCode: number;

  constructor(details: ErrorDetails) {
    super(compose(details), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
    this.where = details.where;
    this.context = details.context ?? {};
  }
}

/** A configuration, data set, checkpoint or machine that cannot be used as it is. Thrown before work starts; exit code 2. */
export class ConfigurationError extends TandemError {
  readonly exitCode = 2;
}

/** A run that could not go on: a dead peer, a refused join, a failed write. Exit code 1; context has rank, step, peer where known. */
export class RunError extends TandemError {
  readonly exitCode = 1;
}

/** A broken assumption of Tandem itself: a bug. */
export class InvariantError extends TandemError {
  readonly exitCode = 1;
}

/** Throws an InvariantError unless `condition` holds. `message` says what was assumed, with the values. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition)
    throw new InvariantError({
      code: 'TANDEM_INVARIANT',
      what: message,
      remedy: 'This is a bug in Tandem: please report it.',
    });
}

/** The message of anything thrown, for people; an Error's causes are appended. */
export function describeError(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause instanceof Error ? ` (${describeError(thrown.cause)})` : '';
  return `${thrown.message}${cause}`;
}

export function exitCodeOf(thrown: unknown): number {
  return thrown instanceof TandemError ? thrown.exitCode : 1;
}
