// Original file: protos/tandem/v1/coordinator.proto


export interface WelcomeInput {
  'runId'?: (string);
  'heartbeatMs'?: (number);
  'configJson'?: (string);
}

export interface Welcome {
  'runId': (string);
  'heartbeatMs': (number);
  'configJson': (string);
}
