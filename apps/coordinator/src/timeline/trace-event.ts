// The Trace Event Format of Chrome's tracing, as chrome://tracing and Perfetto open it:
// https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU

interface Place {
  /** A group of rows, which the format calls a process. */
  readonly pid: number;
  /** A row, which the format calls a thread. */
  readonly tid: number;
}

export type TraceArguments = Readonly<Record<string, string | number>>;

export type TraceEvent = Place & { readonly name: string; readonly args: TraceArguments } & (
    | {
        /** A span; times in microseconds. */
        readonly ph: 'X';
        readonly cat: string;
        readonly ts: number;
        readonly dur: number;
      }
    /** A moment, over all rows of its group. */
    | { readonly ph: 'i'; readonly s: 'p'; readonly cat: string; readonly ts: number }
    /** Of a group or a row: process_name, thread_name, thread_sort_index, … */
    | { readonly ph: 'M' }
  );

/** A span, its ends rounded to nanoseconds so that what nests still does. */
export function traceSpan(
  { pid, tid }: Place,
  {
    name,
    cat,
    startUs,
    endUs,
    args,
  }: { name: string; cat: string; startUs: number; endUs: number; args: TraceArguments },
): TraceEvent {
  const ts = nanoseconds(startUs);
  return { name, cat, ph: 'X', pid, tid, ts, dur: nanoseconds(nanoseconds(endUs) - ts), args };
}

export function traceInstant(place: Place, name: string, us: number, args: TraceArguments = {}): TraceEvent {
  return { name, cat: 'run', ph: 'i', s: 'p', ...place, ts: nanoseconds(us), args };
}

/** What a row or group is called and where it stands. */
export function traceMetadata(place: Place, name: string, args: TraceArguments): TraceEvent {
  return { name, ph: 'M', ...place, args };
}

function nanoseconds(us: number): number {
  return Math.round(us * 1e3) / 1e3;
}
