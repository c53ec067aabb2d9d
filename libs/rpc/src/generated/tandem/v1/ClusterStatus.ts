// Original file: protos/tandem/v1/coordinator.proto

import type { MemberStatusInput as _tandem_v1_MemberStatusInput, MemberStatus as _tandem_v1_MemberStatus } from '../../tandem/v1/MemberStatus.js';
import type { StatusDetailInput as _tandem_v1_StatusDetailInput, StatusDetail as _tandem_v1_StatusDetail } from '../../tandem/v1/StatusDetail.js';
import type { Long } from '@grpc/proto-loader';

export interface ClusterStatusInput {
  'runId'?: (string);
  'state'?: (string);
  'generation'?: (number | string | Long);
  'step'?: (number | string | Long);
  'totalSteps'?: (number | string | Long);
  'epoch'?: (number);
  'loss'?: (number | string);
  'imagesPerSecond'?: (number | string);
  'members'?: (_tandem_v1_MemberStatusInput)[];
  'detail'?: (_tandem_v1_StatusDetailInput | null);
}

export interface ClusterStatus {
  'runId': (string);
  'state': (string);
  'generation': (number);
  'step': (number);
  'totalSteps': (number);
  'epoch': (number);
  'loss': (number);
  'imagesPerSecond': (number);
  'members': (_tandem_v1_MemberStatus)[];
  'detail': (_tandem_v1_StatusDetail | null);
}
