import { resolve } from 'node:path';
import { describeError } from '@tandem/core';
import { isWithin, type Logger, monotonicUs, type StepSpan } from '@tandem/observability';
import type { TimelineBatch, TimelineEvent } from '@tandem/rpc';
import { timelineNotWritable } from '../errors.js';
import type { Member } from '../membership/member.js';
import { type TraceArguments, type TraceEvent, traceInstant, traceMetadata, traceSpan } from './trace-event.js';
import { TraceFile } from './trace-file.js';

/** Ranks are groups 1, 2, …: tools take 0 for the idle process. */
const COORDINATOR_PID = 1_000_000;
const COORDINATOR_TID = 1;
const TRAINING_TID = 1;
const DATA_TID = 2;
/** Buckets overlap, so each has a row: the first has this one. */
const FIRST_BUCKET_TID = 10;

export interface TimelineOptions {
  readonly file: string;
  readonly steps: StepSpan;
  readonly runId: string;
  readonly log: Logger;
}

/** One file of what all ranks and the coordinator did when, on the coordinator's clock. */
export class Timeline {
  readonly steps: StepSpan;
  readonly #log: Logger;
  readonly #path: string;
  readonly #file: TraceFile;
  readonly #startUs = monotonicUs();
  readonly #namedRows = new Set<string>();
  #dropped = 0;
  #state: 'open' | 'broken' | 'closed' = 'open';

  /** Throws a ConfigurationError (`TANDEM_TIMELINE_WRITE`). */
  constructor({ file, steps, runId, log }: TimelineOptions) {
    this.steps = steps;
    this.#log = log;
    this.#path = resolve(file);
    try {
      this.#file = new TraceFile(this.#path, { runId, steps: `${steps.first}-${steps.last}` });
    } catch (cause) {
      throw timelineNotWritable(this.#path, cause);
    }
    const place = { pid: COORDINATOR_PID, tid: COORDINATOR_TID };
    this.#append([
      traceMetadata(place, 'process_name', { name: 'coordinator' }),
      traceMetadata(place, 'process_sort_index', { sort_index: -1 }),
      traceMetadata(place, 'thread_name', { name: 'run' }),
    ]);
  }

  /** Something that happened at the coordinator, now. */
  mark(name: string, args: TraceArguments = {}): void {
    const place = { pid: COORDINATOR_PID, tid: COORDINATOR_TID };
    this.#append([traceInstant(place, name, monotonicUs() - this.#startUs, args)]);
  }

  /** What a worker did. */
  add(member: Member, rank: number, { generation, events: all, dropped, clockErrorUs }: TimelineBatch): void {
    // What is recorded for traces has steps of its own.
    const events = all.filter(({ step }) => isWithin(this.steps, step));
    if (events.length === 0 && dropped === 0) return;
    const pid = rank + 1;
    const lines = this.#nameRank(rank, member, clockErrorUs);
    for (const event of events) {
      const [tid, row] = rowOf(event);
      lines.push(...this.#nameRow(pid, tid, row), this.#span(pid, tid, event, generation));
    }
    if (dropped > 0)
      lines.push(
        traceInstant({ pid, tid: TRAINING_TID }, 'events dropped', monotonicUs() - this.#startUs, { events: dropped }),
      );
    this.#dropped += dropped;
    this.#append(lines);
  }

  /** Idempotent. */
  close(): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'open') this.#log.info({ event: 'timeline.written' }, `the timeline is in ${this.#path}`);
    if (this.#dropped > 0)
      this.#log.warn(
        { event: 'timeline.incomplete' },
        `the timeline lacks ${this.#dropped} events that workers could not send in time`,
      );
    this.#state = 'closed';
    this.#file.close();
  }

  #span(pid: number, tid: number, event: TimelineEvent, generation: number): TraceEvent {
    const { name, step, bucket, bytesSent, bytesReceived, track } = event;
    const args = {
      step,
      generation,
      ...(bucket > 0 && { bucket: bucket - 1 }),
      ...(track === 'COMMUNICATION' && { bytesSent, bytesReceived }),
    };
    const startUs = event.startUs - this.#startUs;
    const endUs = event.endUs - this.#startUs;
    return traceSpan({ pid, tid }, { name, cat: track.toLowerCase(), startUs, endUs, args });
  }

  #nameRank(rank: number, { name, hello }: Member, clockErrorUs: number): TraceEvent[] {
    const place = { pid: rank + 1, tid: TRAINING_TID };
    // In another generation the rank may be another worker: tools show the last name.
    if (this.#namedRows.has(`${place.pid} ${name}`)) return [];
    this.#namedRows.add(`${place.pid} ${name}`);
    const labels = `clock known to ${(clockErrorUs / 1e3).toFixed(2)} ms`;
    return [
      traceMetadata(place, 'process_name', { name: `rank ${rank} (${name} on ${hello.host})` }),
      traceMetadata(place, 'process_labels', { labels }),
      traceMetadata(place, 'process_sort_index', { sort_index: rank }),
    ];
  }

  #nameRow(pid: number, tid: number, name: string): TraceEvent[] {
    if (this.#namedRows.has(`${pid}/${tid}`)) return [];
    this.#namedRows.add(`${pid}/${tid}`);
    return [
      traceMetadata({ pid, tid }, 'thread_name', { name }),
      traceMetadata({ pid, tid }, 'thread_sort_index', { sort_index: tid }),
    ];
  }

  /** A timeline that cannot be written any more is given up; the run goes on. */
  #append(events: readonly TraceEvent[]): void {
    if (this.#state !== 'open') return;
    try {
      this.#file.append(events);
    } catch (error) {
      this.#state = 'broken';
      this.#log.warn(
        { event: 'timeline.incomplete', err: error as Error },
        `the timeline in ${this.#path} breaks off here: ${describeError(error)}`,
      );
    }
  }
}

function rowOf({ track, bucket }: TimelineEvent): [tid: number, name: string] {
  switch (track) {
    case 'TRAINING':
      return [TRAINING_TID, 'training'];
    case 'DATA':
      return [DATA_TID, 'data'];
    case 'COMMUNICATION':
      return [FIRST_BUCKET_TID + bucket - 1, `communication, bucket ${bucket - 1}`];
  }
}
