// Original file: protos/tandem/v1/collective.proto

import type { Long } from '@grpc/proto-loader';

export interface PullRequestInput {
  'protocolVersion'?: (number);
  'runId'?: (string);
  'generation'?: (number | string | Long);
  'rank'?: (number);
}

export interface PullRequest {
  'protocolVersion': (number);
  'runId': (string);
  'generation': (number);
  'rank': (number);
}
