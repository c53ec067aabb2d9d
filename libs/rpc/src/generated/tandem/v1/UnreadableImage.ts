// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface UnreadableImageInput {
  'evaluation'?: (boolean);
  'sample'?: (number | string | Long);
  'name'?: (string);
}

export interface UnreadableImage {
  'evaluation': (boolean);
  'sample': (number);
  'name': (string);
}
