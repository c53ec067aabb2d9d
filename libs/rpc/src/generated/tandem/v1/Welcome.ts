// Original file: protos/tandem/v1/coordinator.proto

import type { TimelineRequestInput as _tandem_v1_TimelineRequestInput, TimelineRequest as _tandem_v1_TimelineRequest } from '../../tandem/v1/TimelineRequest.js';

export interface WelcomeInput {
  'runId'?: (string);
  'heartbeatMs'?: (number);
  'configJson'?: (string);
  'timeline'?: (_tandem_v1_TimelineRequestInput | null);
  'coordinatorTimeoutMs'?: (number);
}

export interface Welcome {
  'runId': (string);
  'heartbeatMs': (number);
  'configJson': (string);
  'timeline': (_tandem_v1_TimelineRequest | null);
  'coordinatorTimeoutMs': (number);
}
