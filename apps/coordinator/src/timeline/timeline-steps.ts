import type { StepSpan } from '@tandem/observability';

/** Which steps a timeline is of: the first `count` that this run commits, or those of a span. */
export type TimelineSteps = { readonly count: number } | StepSpan;

/** 1.6 MB for two ranks of AlexNet, and more than one looks at. */
export const DEFAULT_TIMELINE_STEPS: TimelineSteps = { count: 100 };

/** `startStep`: the last step before those of this run. */
export function wantedSteps(steps: TimelineSteps, startStep: number): StepSpan {
  return 'count' in steps ? { first: startStep + 1, last: startStep + steps.count } : steps;
}
