import type { TimelineEvent } from '@tandem/rpc';
import { hull, type PartSpan, RankPart } from './rank-part.js';
import { type TraceKey, traceId } from './trace-id.js';
import type { Trace, TraceAttributes } from './trace.js';

/** Who had a rank. */
export interface TracedWorker {
  readonly name: string;
  readonly host: string;
  /** Its clock's offset is known to this. */
  readonly clockErrorUs: number;
}

/** What the coordinator knows when the step is in the books, the evaluation is, or the checkpoint is on disk. */
export interface TraceConclusion {
  /** On this process's clock. */
  readonly atUs: number;
  readonly worldSize: number;
  readonly attributes: TraceAttributes;
  /** By rank; empty where not all have reported. */
  readonly ranks: readonly TraceAttributes[];
  /** What the coordinator did last, up to `atUs`: from `sinceUs`, or from when the last rank had ended. */
  readonly work: { readonly name: string; readonly sinceUs?: number };
}

/** A trace that is being put together. */
export class OpenTrace {
  readonly key: TraceKey;
  readonly #isBooked: boolean;
  readonly #parts = new Map<number, { readonly part: RankPart; worker: TracedWorker }>();
  #conclusion: TraceConclusion | undefined;

  /** @param isBooked by a coordinator before this one, which does not say how it was concluded */
  constructor(key: TraceKey, isBooked: boolean) {
    this.key = key;
    this.#isBooked = isBooked;
  }

  /** Nothing is missing: the coordinator has concluded it, and all ranks have said all. */
  get isComplete(): boolean {
    return this.#conclusion !== undefined && this.#wholeParts === this.#conclusion.worldSize;
  }

  add(rank: number, worker: TracedWorker, event: TimelineEvent): void {
    const known = this.#parts.get(rank);
    const { part } = known ?? { part: new RankPart(this.key.kind) };
    this.#parts.set(rank, { part, worker });
    part.add(event);
  }

  conclude(conclusion: TraceConclusion): void {
    this.#conclusion ??= conclusion;
  }

  /** @param toEpochUs what this process's clock lacks to microseconds since 1970 */
  finish(toEpochUs: number): Trace {
    const { kind, runId, generation, step } = this.key;
    const conclusion = this.#conclusion;
    const parts = [...this.#parts].sort(([one], [other]) => one - other);
    const ofRanks = parts.map(([rank, { part, worker }]) =>
      part.spans(`rank ${rank}`, {
        ...{ 'tandem.rank': rank, 'tandem.worker': worker.name, 'host.name': worker.host },
        'tandem.clock_error_ms': Math.round(worker.clockErrorUs) / 1e3,
        ...conclusion?.ranks[rank],
      }),
    );
    const wholes = ofRanks.map(([span]) => span!);
    const own = conclusion === undefined ? [] : [workOf(conclusion, hull(wholes)?.endUs)];
    const all = hull([...wholes, ...own])!;
    const missing = conclusion === undefined ? 0 : conclusion.worldSize - this.#wholeParts;
    const root: PartSpan = {
      ...{ name: kind, parent: undefined, ...all },
      attributes: {
        ...{ 'tandem.run.id': runId, 'tandem.generation': generation, 'tandem.step': step },
        ...(conclusion !== undefined && { 'tandem.world_size': conclusion.worldSize, ...conclusion.attributes }),
        ...(kind === 'checkpoint' && { 'tandem.written': conclusion !== undefined }),
        ...(missing > 0 && { 'tandem.ranks_missing': missing }),
      },
      ...(conclusion === undefined && kind === 'step' && !this.#isBooked && { error: 'the step was not committed' }),
    };
    return { id: traceId(this.key), spans: inOneList(root, [...ofRanks, own], toEpochUs) };
  }

  get #wholeParts(): number {
    return [...this.#parts.values()].filter(({ part }) => part.isWhole).length;
  }
}

function workOf({ atUs, work: { name, sinceUs } }: TraceConclusion, ranksEndUs = atUs): PartSpan {
  return { name, parent: undefined, startUs: Math.min(atUs, sinceUs ?? ranksEndUs), endUs: atUs, attributes: {} };
}

/** The root, and under it each of the groups, whose spans know each other by their places in the group. */
function inOneList(root: PartSpan, groups: readonly (readonly PartSpan[])[], toEpochUs: number): Trace['spans'] {
  const spans = [root];
  for (const group of groups) {
    const first = spans.length;
    spans.push(...group.map((span) => ({ ...span, parent: span.parent === undefined ? 0 : first + span.parent })));
  }
  return spans.map((span) => ({ ...span, startUs: span.startUs + toEpochUs, endUs: span.endUs + toEpochUs }));
}
