// Original file: protos/tandem/v1/coordinator.proto


export interface StatusRequestInput {
  'detail'?: (boolean);
}

export interface StatusRequest {
  'detail': (boolean);
}
