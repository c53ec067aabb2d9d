export type TraceAttributes = Readonly<Record<string, string | number | boolean>>;

/** Times are microseconds since 1970. */
export interface TraceSpan {
  readonly name: string;
  /** Its place in the trace's spans, before this one; undefined: this is the root. */
  readonly parent: number | undefined;
  readonly startUs: number;
  readonly endUs: number;
  readonly attributes: TraceAttributes;
  /** Why what it is of came to nothing. */
  readonly error?: string;
}

/** What all ranks and the coordinator did for one thing: the root first, each span after its parent. */
export interface Trace {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly spans: readonly TraceSpan[];
}
