// Original file: protos/tandem/v1/coordinator.proto

import type { MemberTimesInput as _tandem_v1_MemberTimesInput, MemberTimes as _tandem_v1_MemberTimes } from '../../tandem/v1/MemberTimes.js';
import type { ClusterEventInput as _tandem_v1_ClusterEventInput, ClusterEvent as _tandem_v1_ClusterEvent } from '../../tandem/v1/ClusterEvent.js';

export interface StatusDetailInput {
  'timeMs'?: (number | string);
  'epochs'?: (number);
  'remainingMs'?: (number | string);
  'losses'?: (number | string)[];
  'times'?: (_tandem_v1_MemberTimesInput)[];
  'events'?: (_tandem_v1_ClusterEventInput)[];
}

export interface StatusDetail {
  'timeMs': (number);
  'epochs': (number);
  'remainingMs': (number);
  'losses': (number)[];
  'times': (_tandem_v1_MemberTimes)[];
  'events': (_tandem_v1_ClusterEvent)[];
}
