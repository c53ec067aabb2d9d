export { createLogger, type Logger, type LoggerOptions } from './logger.js';
export { PhaseClock, type StepPhase, stepPhases, type StepTimes } from './phase-clock.js';
export { formatDuration, formatLoss, formatRate, type Progress, progressText } from './progress-text.js';
export { RateMeter } from './rate-meter.js';
export { formatSpread, type Spread, spread } from './spread.js';
export { Terminal, type TerminalStream } from './terminal.js';
