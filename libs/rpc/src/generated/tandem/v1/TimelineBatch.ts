// Original file: protos/tandem/v1/coordinator.proto

import type { TimelineEventInput as _tandem_v1_TimelineEventInput, TimelineEvent as _tandem_v1_TimelineEvent } from '../../tandem/v1/TimelineEvent.js';
import type { Long } from '@grpc/proto-loader';

export interface TimelineBatchInput {
  'generation'?: (number | string | Long);
  'events'?: (_tandem_v1_TimelineEventInput)[];
  'dropped'?: (number | string | Long);
  'clockErrorUs'?: (number | string);
}

export interface TimelineBatch {
  'generation': (number);
  'events': (_tandem_v1_TimelineEvent)[];
  'dropped': (number);
  'clockErrorUs': (number);
}
