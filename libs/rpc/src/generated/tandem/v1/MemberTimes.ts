// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface MemberTimesInput {
  'step'?: (number | string | Long);
  'stepMs'?: (number | string);
  'dataMs'?: (number | string);
  'computeMs'?: (number | string);
  'exchangeMs'?: (number | string);
  'updateMs'?: (number | string);
  'imagesPerSecond'?: (number | string);
}

export interface MemberTimes {
  'step': (number);
  'stepMs': (number);
  'dataMs': (number);
  'computeMs': (number);
  'exchangeMs': (number);
  'updateMs': (number);
  'imagesPerSecond': (number);
}
