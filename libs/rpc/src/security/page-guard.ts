import type { ClusterRole } from '@tandem/core';
import { authorizationOf, TokenCheck } from './join-token.js';
import type { Security } from './security.js';

const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i;

/** The name after it is of no account: the password is the token. */
export const BASIC_CHALLENGE = 'Basic realm="Tandem: the join token is the password", charset="UTF-8"';

export interface PageRefusal {
  /** 401: a browser asks for the password. */
  readonly status: 401 | 403;
  readonly details: string;
}

export interface BrowserFacts {
  readonly authorization: string | undefined;
  /** Of the caller's verified certificate; undefined: it has shown none. */
  readonly roles: readonly ClusterRole[] | undefined;
}

/**
 * Who may look at the page: where there is a token, who has it, as password of HTTP Basic (or as `Bearer`, like everywhere); where
 * there are certificates and no token, who shows one of a member. Browsers often cannot show a certificate: the token does alone.
 */
export class PageGuard {
  readonly #token: TokenCheck | undefined;
  readonly #tls: boolean;

  constructor({ token, tls }: Security) {
    this.#token = token === undefined ? undefined : new TokenCheck(token);
    this.#tls = tls !== undefined;
  }

  refusal({ authorization, roles }: BrowserFacts): PageRefusal | undefined {
    if (this.#token !== undefined) {
      const fault = this.#token.fault(asBearer(authorization));
      return fault === undefined ? undefined : { status: 401, details: fault };
    }
    if (!this.#tls || (roles !== undefined && roles.length > 0)) return undefined;
    return {
      status: 403,
      details: 'the page is for members: show a certificate of the cluster, or give the coordinator a token',
    };
  }
}

/** The password of HTTP Basic as a token; all else as it is. */
function asBearer(authorization: string | undefined): string | undefined {
  const [, encoded] = BASIC.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return authorization;
  return authorizationOf(
    Buffer.from(encoded, 'base64')
      .toString('utf8')
      .replace(/^[^:]*:/, ''),
  );
}
