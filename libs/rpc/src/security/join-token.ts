import { createHash, timingSafeEqual } from 'node:crypto';

const SCHEME = 'Bearer ';

/** The header that carries the token, as HTTP has it. */
export const AUTHORIZATION = 'authorization';

export function authorizationOf(token: string): string {
  return SCHEME + token;
}

/** Tells whether callers have the run's token, in a time that does not depend on what they say. */
export class TokenCheck {
  readonly #expected: Buffer;

  constructor(token: string) {
    this.#expected = digest(token);
  }

  /** Undefined: it is right. */
  fault(authorization: string | undefined): string | undefined {
    if (authorization === undefined) return 'no join token came with the call';
    const given = authorization.startsWith(SCHEME) ? authorization.slice(SCHEME.length) : authorization;
    // Of equal lengths, whatever was given.
    return timingSafeEqual(digest(given), this.#expected) ? undefined : 'the join token is wrong';
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
