// Original file: protos/tandem/v1/coordinator.proto

import type { LogEntryInput as _tandem_v1_LogEntryInput, LogEntry as _tandem_v1_LogEntry } from '../../tandem/v1/LogEntry.js';

export interface ClusterEventInput {
  'entry'?: (_tandem_v1_LogEntryInput | null);
  'process'?: (string);
}

export interface ClusterEvent {
  'entry': (_tandem_v1_LogEntry | null);
  'process': (string);
}
