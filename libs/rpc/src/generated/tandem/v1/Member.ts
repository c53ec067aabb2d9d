// Original file: protos/tandem/v1/coordinator.proto


export interface MemberInput {
  'rank'?: (number);
  'name'?: (string);
  'address'?: (string);
}

export interface Member {
  'rank': (number);
  'name': (string);
  'address': (string);
}
