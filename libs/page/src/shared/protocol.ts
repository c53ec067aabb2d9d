/** What the page is sent, as JSON over server-sent events. The same on both sides: no part of it knows Node or the browser. */

/** Columns of steps, oldest first; numbers that are not finite are null. */
export interface StepColumns {
  readonly step: readonly number[];
  readonly loss: readonly (number | null)[];
  readonly imagesPerSecond: readonly (number | null)[];
  readonly learningRate: readonly (number | null)[];
}

export interface EvaluationColumns {
  readonly step: readonly number[];
  readonly top1: readonly (number | null)[];
  readonly top5: readonly (number | null)[];
  readonly loss: readonly (number | null)[];
}

export type MarkKind = 'joined' | 'lost' | 'generation';

/** Something that happened to the membership. */
export interface Mark {
  readonly kind: MarkKind;
  /** The last step that was committed then. */
  readonly step: number;
  /** Since 1970; null: it is told by the metrics of a coordinator before, which have no times. */
  readonly timeMs: number | null;
  readonly text: string;
}

export interface LogRow {
  readonly timeMs: number;
  readonly level: string;
  readonly event: string;
  readonly message: string;
  /** The coordinator or a worker's name. */
  readonly process: string;
  readonly rank: number | null;
  readonly step: number | null;
}

/** All that there is (event `history`), or what came since (event `more`). */
export interface HistoryMessage {
  readonly steps: StepColumns;
  readonly evaluations: EvaluationColumns;
  readonly marks: readonly Mark[];
  readonly log: readonly LogRow[];
}

export interface MemberRow {
  readonly rank: number;
  readonly name: string;
  readonly host: string;
  readonly device: string;
  readonly phase: string;
  readonly step: number;
  readonly heartbeatAgeMs: number;
}

/** Means over the newest steps of one rank, in milliseconds. */
export interface BreakdownRow {
  readonly rank: number;
  readonly data: number;
  readonly compute: number;
  readonly exchange: number;
  readonly update: number;
}

/** Where the run stands (event `status`, each second). */
export interface StatusMessage {
  readonly runId: string;
  /** The name of the run directory. */
  readonly run: string;
  readonly state: string;
  readonly generation: number;
  readonly step: number;
  readonly totalSteps: number;
  readonly epoch: number;
  readonly imagesPerSecond: number;
  readonly members: readonly MemberRow[];
  readonly breakdown: { readonly steps: number; readonly ranks: readonly BreakdownRow[] };
  /** Whether `/samples` has pictures. */
  readonly samples: boolean;
}
