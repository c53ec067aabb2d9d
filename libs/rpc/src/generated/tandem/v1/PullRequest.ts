// Original file: protos/tandem/v1/collective.proto

import type { LentMemoryInput as _tandem_v1_LentMemoryInput, LentMemory as _tandem_v1_LentMemory } from '../../tandem/v1/LentMemory.js';
import type { Long } from '@grpc/proto-loader';

export interface PullRequestInput {
  'protocolVersion'?: (number);
  'runId'?: (string);
  'generation'?: (number | string | Long);
  'rank'?: (number);
  'memory'?: (_tandem_v1_LentMemoryInput | null);
}

export interface PullRequest {
  'protocolVersion': (number);
  'runId': (string);
  'generation': (number);
  'rank': (number);
  'memory': (_tandem_v1_LentMemory | null);
}
