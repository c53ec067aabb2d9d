/** Steps, both included. */
export interface StepSpan {
  readonly first: number;
  readonly last: number;
}

/** Which steps are recorded: those of a span, and each that is a multiple of `everySteps`; 0: none of those. */
export interface RecordedSteps extends StepSpan {
  readonly everySteps: number;
}

export const NO_STEPS: StepSpan = { first: 1, last: 0 };

export function isWithin({ first, last }: StepSpan, step: number): boolean {
  return step >= first && step <= last;
}

export function isRecorded(steps: RecordedSteps, step: number): boolean {
  return isWithin(steps, step) || isMultiple(step, steps.everySteps);
}

/** Of `everySteps`, from 1 on; 0 has none. */
export function isMultiple(step: number, everySteps: number): boolean {
  return everySteps > 0 && step > 0 && step % everySteps === 0;
}
