import { ConfigurationError, type ErrorDetails, InvariantError, RunError, TandemError } from './errors.js';

/** An error as plain data: what crosses a thread or process boundary, or goes into JSON. */
export interface SerializedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** These three for a TandemError only. */
  readonly code?: string;
  readonly where?: string;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly cause?: SerializedError;
}

const classes: Readonly<Record<string, new (details: ErrorDetails) => TandemError>> = {
  ConfigurationError,
  RunError,
  InvariantError,
};

/** Anything thrown as plain data. Context values that are not plain data themselves become strings. */
export function serializeError(thrown: unknown): SerializedError {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown) };
  return {
    name: thrown.name,
    message: thrown.message,
    ...(thrown.stack === undefined ? {} : { stack: thrown.stack }),
    ...(thrown instanceof TandemError
      ? {
          code: thrown.code,
          ...(thrown.where === undefined ? {} : { where: thrown.where }),
          context: Object.fromEntries(Object.entries(thrown.context).map(([key, value]) => [key, plain(value)])),
        }
      : {}),
    ...(thrown.cause instanceof Error ? { cause: serializeError(thrown.cause) } : {}),
  };
}

/** The error again: a TandemError of the same class (so the same exit code), code, where, context, message and causes. */
export function deserializeError(serialized: SerializedError): Error {
  const cause = serialized.cause === undefined ? undefined : deserializeError(serialized.cause);
  const { code, where, context, message } = serialized;
  const constructor = classes[serialized.name];
  const error =
    constructor === undefined || code === undefined
      ? new Error(message, cause === undefined ? undefined : { cause })
      : new constructor({
          code,
          what: message,
          ...(where === undefined ? {} : { where }),
          ...(context === undefined ? {} : { context }),
          cause,
        });
  error.name = serialized.name;
  // The constructor composes a message from its parts; this one is composed already.
  error.message = message;
  if (serialized.stack !== undefined) error.stack = serialized.stack;
  return error;
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  return value === null || ['string', 'number', 'boolean'].includes(typeof value) ? value : String(value);
}
