// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface GradientHistogramInput {
  'generation'?: (number | string | Long);
  'step'?: (number | string | Long);
  'parameter'?: (number);
  'min'?: (number | string);
  'max'?: (number | string);
  'num'?: (number | string);
  'sum'?: (number | string);
  'sumSquares'?: (number | string);
  'bucketLimit'?: (number | string)[];
  'bucket'?: (number | string)[];
}

export interface GradientHistogram {
  'generation': (number);
  'step': (number);
  'parameter': (number);
  'min': (number);
  'max': (number);
  'num': (number);
  'sum': (number);
  'sumSquares': (number);
  'bucketLimit': (number)[];
  'bucket': (number)[];
}
