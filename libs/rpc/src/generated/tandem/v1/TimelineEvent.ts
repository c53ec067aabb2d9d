// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

// Original file: protos/tandem/v1/coordinator.proto

export const _tandem_v1_TimelineEvent_Track = {
  TRAINING: 'TRAINING',
  COMMUNICATION: 'COMMUNICATION',
  DATA: 'DATA',
} as const;

export type _tandem_v1_TimelineEvent_TrackInput =
  | 'TRAINING'
  | 0
  | 'COMMUNICATION'
  | 1
  | 'DATA'
  | 2

export type _tandem_v1_TimelineEvent_Track = typeof _tandem_v1_TimelineEvent_Track[keyof typeof _tandem_v1_TimelineEvent_Track]

export interface TimelineEventInput {
  'name'?: (string);
  'track'?: (_tandem_v1_TimelineEvent_TrackInput);
  'startUs'?: (number | string);
  'endUs'?: (number | string);
  'step'?: (number | string | Long);
  'bucket'?: (number);
  'bytesSent'?: (number | string | Long);
  'bytesReceived'?: (number | string | Long);
}

export interface TimelineEvent {
  'name': (string);
  'track': (_tandem_v1_TimelineEvent_Track);
  'startUs': (number);
  'endUs': (number);
  'step': (number);
  'bucket': (number);
  'bytesSent': (number);
  'bytesReceived': (number);
}
