// Original file: protos/tandem/v1/coordinator.proto


export interface FailureInput {
  'code'?: (string);
  'message'?: (string);
  'peer'?: (string);
  'exitCode'?: (number);
}

export interface Failure {
  'code': (string);
  'message': (string);
  'peer': (string);
  'exitCode': (number);
}
