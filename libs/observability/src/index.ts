export { type EventName, EVENTS } from './events.js';
export { HISTOGRAM_VALUES, histogramOf, type HistogramSummary, MOST_BUCKETS, strideOf } from './histogram.js';
export type { LogEntry } from './log-entry.js';
export type { LogContext, LogFields, Logger, LoggerOptions } from './logger.js';
export { LOG_LEVELS, type LogLevel, type LogLine, entryOf, lineOf, parseLogLine } from './log-line.js';
export { type LinesToSend, LogUplink, UPLINK_ENTRIES, UPLINK_RATE } from './log-uplink.js';
export { isForCluster, MILESTONES } from './milestones.js';
export { type Rate, TokenBucket } from './token-bucket.js';
export { PhaseClock, type StepPhase, stepPhases, type StepTimes } from './phase-clock.js';
export { formatDuration, formatLoss, formatRate, type Progress, progressText } from './progress-text.js';
export { RateMeter } from './rate-meter.js';
export { formatSpread, type Spread, spread } from './spread.js';
export type { Terminal, TerminalStream } from './terminal.js';
export { visible } from './visible.js';
export { ClockEstimate, type RoundTrip } from './timeline/clock-estimate.js';
export { monotonicUs } from './timeline/monotonic-us.js';
export {
  isMultiple,
  isRecorded,
  isWithin,
  NO_STEPS,
  type RecordedSteps,
  type StepSpan,
} from './timeline/recorded-steps.js';
export { TimelineRecorder, type TimelineRecorderOptions } from './timeline/timeline-recorder.js';
export { type RingSpan, type RingTrack, TimelineRing } from './timeline/timeline-ring.js';
