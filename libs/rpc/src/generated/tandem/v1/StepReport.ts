// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface StepReportInput {
  'generation'?: (number | string | Long);
  'step'?: (number | string | Long);
  'epoch'?: (number);
  'loss'?: (number | string);
  'learningRate'?: (number | string);
  'samples'?: (number);
  'stepMs'?: (number | string);
  'dataMs'?: (number | string);
  'computeMs'?: (number | string);
  'exchangeMs'?: (number | string);
  'updateMs'?: (number | string);
  'bytesSent'?: (number | string | Long);
  'worldSize'?: (number);
  'skipped'?: (boolean);
}

export interface StepReport {
  'generation': (number);
  'step': (number);
  'epoch': (number);
  'loss': (number);
  'learningRate': (number);
  'samples': (number);
  'stepMs': (number);
  'dataMs': (number);
  'computeMs': (number);
  'exchangeMs': (number);
  'updateMs': (number);
  'bytesSent': (number);
  'worldSize': (number);
  'skipped': (boolean);
}
