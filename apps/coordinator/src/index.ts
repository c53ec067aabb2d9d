export { chooseDenseExchange, type DenseDecision } from './dense-exchange.js';
export { startCoordinator } from './start-coordinator.js';
export type { CoordinatorOptions, RunningCoordinator, RunOutcome } from './options.js';
export type { DrawSamples, SampleSheet } from './page/page-samples.js';
export type { TimelineSteps } from './timeline/timeline-steps.js';
export { configFile, metricsFile } from './run-directory.js';
export { isLed } from './run-lock.js';
export {
  readRunRecord,
  type RunEndRecord,
  type RunRecord,
  runRecordFile,
  type RunStartRecord,
  type WorkerRecord,
} from './run-record.js';
