// Original file: protos/tandem/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface HelloInput {
  'protocolVersion'?: (number);
  'name'?: (string);
  'host'?: (string);
  'pid'?: (number);
  'exchangeAddress'?: (string);
  'tandemVersion'?: (string);
  'device'?: (string);
  'incarnation'?: (string);
  'runId'?: (string);
  'generation'?: (number | string | Long);
}

export interface Hello {
  'protocolVersion': (number);
  'name': (string);
  'host': (string);
  'pid': (number);
  'exchangeAddress': (string);
  'tandemVersion': (string);
  'device': (string);
  'incarnation': (string);
  'runId': (string);
  'generation': (number);
}
