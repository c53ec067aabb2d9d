// Original file: protos/tandem/v1/coordinator.proto


export interface ParameterInput {
  'name'?: (string);
  'shape'?: (number)[];
}

export interface Parameter {
  'name': (string);
  'shape': (number)[];
}
