/** Points of the curves that are kept, here and there; beyond, the older half of them is thinned. */
export const MAX_STEPS = 20_000;
export const MAX_EVALUATIONS = 2_000;

/** The newest marks and lines of the log that are kept. */
export const MAX_MARKS = 500;
export const MAX_LOG_ROWS = 1_000;
