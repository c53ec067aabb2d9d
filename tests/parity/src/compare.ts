import type { Answers } from './answers.js';
import { curveError, relativeError } from './relative-error.js';

export interface Finding {
  readonly what: string;
  /** The worst relative error, and the tensor or step it is at. */
  readonly error: number;
  readonly at: string;
  readonly limit: number;
}

/** Of logits and gradients, in float32. */
export const TENSOR_LIMIT = 1e-4;
/** Of losses and of what ten steps have left: float differences grow from step to step. */
export const CURVE_LIMIT = 1e-3;

export function compare(ours: Answers, theirs: Answers): Finding[] {
  const findings: Finding[] = [
    { what: 'logits', error: relativeError(ours.logits, theirs.logits), at: '', limit: TENSOR_LIMIT },
    { what: 'gradients', ...worstOf(ours.gradients, theirs.gradients), limit: TENSOR_LIMIT },
    { what: 'losses', error: curveError(ours.losses, theirs.losses), at: '', limit: CURVE_LIMIT },
  ];
  if (ours.state.size + theirs.state.size > 0)
    findings.push({ what: 'moving averages', ...worstOf(ours.state, theirs.state), limit: CURVE_LIMIT });
  return findings;
}

function worstOf(
  ours: ReadonlyMap<string, Float32Array>,
  theirs: ReadonlyMap<string, Float32Array>,
): { error: number; at: string } {
  const names = new Set([...ours.keys(), ...theirs.keys()]);
  const errors = [...names].map((name) => {
    const [a, b] = [ours.get(name), theirs.get(name)];
    return { at: name, error: a === undefined || b === undefined ? Infinity : relativeError(a, b) };
  });
  return errors.reduce((worst, next) => (next.error > worst.error ? next : worst), { at: '', error: 0 });
}
