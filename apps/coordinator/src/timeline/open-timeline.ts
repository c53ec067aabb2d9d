import type { Logger } from '@tandem/observability';
import type { CoordinatorOptions } from '../options.js';
import { Timeline } from './timeline.js';
import { DEFAULT_TIMELINE_STEPS, wantedSteps } from './timeline-steps.js';

/** The timeline that is wanted, if one is. Throws a ConfigurationError (`TANDEM_TIMELINE_WRITE`). */
export function openTimeline(
  wanted: CoordinatorOptions['timeline'],
  { afterStep, runId, log }: { readonly afterStep: number; readonly runId: string; readonly log: Logger },
): Timeline | undefined {
  if (wanted === undefined) return undefined;
  const { file, steps = DEFAULT_TIMELINE_STEPS } = wanted;
  return new Timeline({ file, steps: wantedSteps(steps, afterStep), runId, log });
}
