// Original file: protos/tandem/v1/coordinator.proto

import type { ParameterInput as _tandem_v1_ParameterInput, Parameter as _tandem_v1_Parameter } from '../../tandem/v1/Parameter.js';
import type { MachineInput as _tandem_v1_MachineInput, Machine as _tandem_v1_Machine } from '../../tandem/v1/Machine.js';
import type { Long } from '@grpc/proto-loader';

export interface PreparedInput {
  'trainingSamples'?: (number | string | Long);
  'evaluationSamples'?: (number | string | Long);
  'datasetDigest'?: (string);
  'classes'?: (string)[];
  'parameters'?: (_tandem_v1_ParameterInput)[];
  'tensorflowVersion'?: (string);
  'threads'?: (number);
  'channelMeans'?: (number | string)[];
  'machine'?: (_tandem_v1_MachineInput | null);
  'engine'?: (string);
  'engineFallback'?: (string);
  'networkDigest'?: (string);
}

export interface Prepared {
  'trainingSamples': (number);
  'evaluationSamples': (number);
  'datasetDigest': (string);
  'classes': (string)[];
  'parameters': (_tandem_v1_Parameter)[];
  'tensorflowVersion': (string);
  'threads': (number);
  'channelMeans': (number)[];
  'machine': (_tandem_v1_Machine | null);
  'engine': (string);
  'engineFallback': (string);
  'networkDigest': (string);
}
