// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface TimelineRequestInput {
  'firstStep'?: (number | string | Long);
  'lastStep'?: (number | string | Long);
  'everySteps'?: (number | string | Long);
}

export interface TimelineRequest {
  'firstStep': (number);
  'lastStep': (number);
  'everySteps': (number);
}
