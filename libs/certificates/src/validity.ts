const DAY_MS = 86_400_000;

/** Machines' clocks differ: a certificate that was made just now must not be one of the future elsewhere. */
const CLOCK_SKEW_MS = 300_000;

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Valid from now on for `days`, and not beyond `limit`. */
export function validFor(days: number, limit?: Date): Validity {
  const now = Date.now();
  const wanted = now + days * DAY_MS;
  return {
    notBefore: new Date(now - CLOCK_SKEW_MS),
    notAfter: new Date(limit === undefined ? wanted : Math.min(wanted, limit.getTime())),
  };
}
