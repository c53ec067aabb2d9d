import { z } from 'zod';

// What a field that came over the network may hold. Every string has a length, every list a size, every number a range: the
// memory that a message's sender can claim is bounded by these and by MAX_MESSAGE_BYTES.

/** Names of workers, which stand in logs, statuses and error messages: what host names, pods and units are called. */
export const MAX_NAME_CHARACTERS = 128;

const NAME = /^[A-Za-z0-9][A-Za-z0-9._:@+-]*$/;
const ADDRESS = /^(\[[0-9A-Fa-f:.%A-Za-z]{2,64}\]|[A-Za-z0-9._-]{0,253}):(\d{1,5})$/;

/** What would move a terminal's cursor or forge a line of a log: C0 and C1 controls. */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
// eslint-disable-next-line no-control-regex
const CONTROL_BUT_LINES = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

export const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const uint32 = z.number().int().min(0).max(0xffff_ffff);
export const finite = z.number();
/** A loss: one that has left the numbers is news, not a fault. */
export const anyNumber = z.union([z.number(), z.nan(), z.literal(Infinity), z.literal(-Infinity)]);
export const milliseconds = z.number().min(0).max(1e12);

/** Milliseconds since 1970 that a Date can hold. */
export const time = z.number().min(0).max(8.64e15);

/** What docs/events.md lists, and what a worker of another version may have. */
export const eventName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9.-]*$/, 'a name of an event');

export const name = z
  .string()
  .max(MAX_NAME_CHARACTERS)
  .regex(NAME, 'letters, digits and . _ : @ + - only, and a letter or digit first');
export const nameOrNone = z.union([z.literal(''), name]);

/** host:port; an empty host stands for the sender's own. */
export const address = z
  .string()
  .max(320)
  .regex(ADDRESS, 'host:port')
  .refine((text) => {
    const port = Number(/\d+$/.exec(text)?.[0]);
    return port >= 1 && port <= 65_535;
  }, 'a port from 1 to 65535');

/** One line: a host, a device, a version, a class, a file. */
export const line = (characters: number) =>
  z
    .string()
    .max(characters)
    .refine((text) => !CONTROL.test(text), 'no control characters');

/** Several lines for a person to read. */
export const text = (characters: number) =>
  z
    .string()
    .max(characters)
    .refine((value) => !CONTROL_BUT_LINES.test(value), 'no control characters but line ends and tabs');

export const digest = line(128);
export const runId = line(64);
export const json = z.string().max(1024 * 1024);

export function list<T extends z.ZodType>(item: T, most: number) {
  return z.array(item).max(most);
}

/** A rule for every field of a message, and the compiler sees that none is left out. */
export function message<M>(fields: { readonly [K in keyof M]-?: z.ZodType<M[K]> }): z.ZodType<M> {
  return z.object(fields) as unknown as z.ZodType<M>;
}
