/** A stream that does not say Hello within this time is closed. */
export const HELLO_TIMEOUT_MS = 10_000;

/** How long a failure that points at another worker waits for that worker's own reason. */
export const FAILURE_GRACE_MS = 1_000;

/** How long workers have to hear of the end and close their streams. */
export const FAREWELL_TIMEOUT_MS = 2_000;
