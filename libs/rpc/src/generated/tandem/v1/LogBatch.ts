// Original file: protos/tandem/v1/coordinator.proto

import type { LogEntryInput as _tandem_v1_LogEntryInput, LogEntry as _tandem_v1_LogEntry } from '../../tandem/v1/LogEntry.js';
import type { Long } from '@grpc/proto-loader';

export interface LogBatchInput {
  'entries'?: (_tandem_v1_LogEntryInput)[];
  'dropped'?: (number | string | Long);
}

export interface LogBatch {
  'entries': (_tandem_v1_LogEntry)[];
  'dropped': (number);
}
