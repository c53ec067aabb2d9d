import { createHash } from 'node:crypto';

/** What a trace can be of. A worker's span of this name is its part in it. */
export const TRACE_KINDS = ['step', 'evaluation', 'checkpoint'] as const;
export type TraceKind = (typeof TRACE_KINDS)[number];

/** What tells a trace from all others. */
export interface TraceKey {
  readonly runId: string;
  readonly generation: number;
  readonly step: number;
  readonly kind: TraceKind;
}

/**
 * The trace's id: the first 16 bytes of the SHA-256 of "RUN-ID/GENERATION/STEP/KIND". Whoever has a line of a log or of metrics.jsonl can
 * say which trace belongs to it, and a coordinator that is started again goes on in the same trace.
 */
export function traceId({ runId, generation, step, kind }: TraceKey): string {
  return createHash('sha256').update(`${runId}/${generation}/${step}/${kind}`).digest('hex').slice(0, 32);
}
