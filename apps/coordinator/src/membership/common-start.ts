import type { Standing } from '@tandem/rpc';

/** What the members of a generation agree on, by what each has. */
export interface CommonStart {
  /** Whether anybody has weights of this run. */
  readonly trained: boolean;
  /** The most advanced member's last committed step; 0 where nobody has trained. */
  readonly step: number;
  /** The rank that has the state after `step`: the lowest. */
  readonly source: number;
  /** Ranks that have to copy it. */
  readonly behind: readonly number[];
  /** Top-1 errors of each evaluation that the source's training went by, and the step of the last. */
  readonly evaluationErrors: readonly number[];
  readonly lastEvaluation: number;
}

/**
 * The generation starts where the most advanced member is. A mean is complete on a rank only when all ranks have
 * contributed to it: members of one generation are at most one step apart, and no step that anybody has applied is lost as
 * long as one of those who have lives.
 *
 * @param standings by rank
 */
export function commonStart(standings: readonly Standing[]): CommonStart {
  const trained = standings.some((standing) => standing.trained);
  if (!trained) return { trained, step: 0, source: 0, behind: [], evaluationErrors: [], lastEvaluation: 0 };
  const step = Math.max(...standings.map((standing) => (standing.trained ? standing.step : 0)));
  const has = (standing: Standing) => standing.trained && standing.step === step;
  const source = standings.findIndex(has);
  const { evaluationErrors, lastEvaluation } = standings[source]!;
  const behind = standings.flatMap((standing, rank) => (has(standing) ? [] : [rank]));
  return { trained, step, source, behind, evaluationErrors, lastEvaluation };
}
