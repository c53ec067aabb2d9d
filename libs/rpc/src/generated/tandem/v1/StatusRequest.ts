// Original file: protos/tandem/v1/coordinator.proto


export interface StatusRequestInput {
}

export interface StatusRequest {
}
