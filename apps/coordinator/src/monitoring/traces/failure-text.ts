/** Why something could not be sent, in a line. A connection that several addresses have refused is an AggregateError without a message. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return 'no reason was given';
  const { message, errors = [] } = error as Error & { readonly errors?: readonly unknown[] };
  const status = (error as Error & { readonly code?: unknown }).code;
  const text = message || errors.map(failureText).join(', ') || String(status ?? error.name);
  return (typeof status === 'number' ? `HTTP ${status} ${text}` : text).slice(0, MAX_CHARACTERS);
}

/** A server's page of an error is no line of a log. */
const MAX_CHARACTERS = 300;
