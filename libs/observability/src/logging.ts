// What writes logs, as `@tandem/observability/logging`: threads that say nothing themselves load neither pino nor what draws on terminals.
export { createLogger } from './logger.js';
export { logText } from './log-text.js';
export { Terminal } from './terminal.js';
