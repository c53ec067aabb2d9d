// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

// Original file: protos/tandem/v1/coordinator.proto

export const _tandem_v1_LogEntry_Level = {
  INFO: 'INFO',
  WARN: 'WARN',
  ERROR: 'ERROR',
  FATAL: 'FATAL',
} as const;

export type _tandem_v1_LogEntry_LevelInput =
  | 'INFO'
  | 0
  | 'WARN'
  | 1
  | 'ERROR'
  | 2
  | 'FATAL'
  | 3

export type _tandem_v1_LogEntry_Level = typeof _tandem_v1_LogEntry_Level[keyof typeof _tandem_v1_LogEntry_Level]

export interface LogEntryInput {
  'timeMs'?: (number | string);
  'level'?: (_tandem_v1_LogEntry_LevelInput);
  'event'?: (string);
  'message'?: (string);
  'generation'?: (number | string | Long);
  'rank'?: (number);
  'step'?: (number | string | Long);
}

export interface LogEntry {
  'timeMs': (number);
  'level': (_tandem_v1_LogEntry_Level);
  'event': (string);
  'message': (string);
  'generation': (number);
  'rank': (number);
  'step': (number);
}
