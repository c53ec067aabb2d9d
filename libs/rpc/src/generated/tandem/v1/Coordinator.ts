// Original file: protos/tandem/v1/coordinator.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ClusterStatusInput as _tandem_v1_ClusterStatusInput, ClusterStatus as _tandem_v1_ClusterStatus } from '../../tandem/v1/ClusterStatus.js';
import type { CoordinatorMessageInput as _tandem_v1_CoordinatorMessageInput, CoordinatorMessage as _tandem_v1_CoordinatorMessage } from '../../tandem/v1/CoordinatorMessage.js';
import type { StateChunkInput as _tandem_v1_StateChunkInput, StateChunk as _tandem_v1_StateChunk } from '../../tandem/v1/StateChunk.js';
import type { StateRequestInput as _tandem_v1_StateRequestInput, StateRequest as _tandem_v1_StateRequest } from '../../tandem/v1/StateRequest.js';
import type { StatusRequestInput as _tandem_v1_StatusRequestInput, StatusRequest as _tandem_v1_StatusRequest } from '../../tandem/v1/StatusRequest.js';
import type { WorkerMessageInput as _tandem_v1_WorkerMessageInput, WorkerMessage as _tandem_v1_WorkerMessage } from '../../tandem/v1/WorkerMessage.js';

export interface CoordinatorClient extends grpc.Client {
  FetchCheckpoint(argument: _tandem_v1_StateRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_tandem_v1_StateChunk>;
  FetchCheckpoint(argument: _tandem_v1_StateRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_tandem_v1_StateChunk>;
  fetchCheckpoint(argument: _tandem_v1_StateRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_tandem_v1_StateChunk>;
  fetchCheckpoint(argument: _tandem_v1_StateRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_tandem_v1_StateChunk>;
  
  GetStatus(argument: _tandem_v1_StatusRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_tandem_v1_ClusterStatus>): grpc.ClientUnaryCall;
  GetStatus(argument: _tandem_v1_StatusRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_tandem_v1_ClusterStatus>): grpc.ClientUnaryCall;
  GetStatus(argument: _tandem_v1_StatusRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_tandem_v1_ClusterStatus>): grpc.ClientUnaryCall;
  GetStatus(argument: _tandem_v1_StatusRequestInput, callback: grpc.requestCallback<_tandem_v1_ClusterStatus>): grpc.ClientUnaryCall;
  getStatus(argument: _tandem_v1_StatusRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_tandem_v1_ClusterStatus>): grpc.ClientUnaryCall;
  getStatus(argument: _tandem_v1_StatusRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_tandem_v1_ClusterStatus>): grpc.ClientUnaryCall;
  getStatus(argument: _tandem_v1_StatusRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_tandem_v1_ClusterStatus>): grpc.ClientUnaryCall;
  getStatus(argument: _tandem_v1_StatusRequestInput, callback: grpc.requestCallback<_tandem_v1_ClusterStatus>): grpc.ClientUnaryCall;
  
  Join(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_tandem_v1_WorkerMessageInput, _tandem_v1_CoordinatorMessage>;
  Join(options?: grpc.CallOptions): grpc.ClientDuplexStream<_tandem_v1_WorkerMessageInput, _tandem_v1_CoordinatorMessage>;
  join(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_tandem_v1_WorkerMessageInput, _tandem_v1_CoordinatorMessage>;
  join(options?: grpc.CallOptions): grpc.ClientDuplexStream<_tandem_v1_WorkerMessageInput, _tandem_v1_CoordinatorMessage>;
  
}

export interface CoordinatorHandlers extends grpc.UntypedServiceImplementation {
  FetchCheckpoint: grpc.handleServerStreamingCall<_tandem_v1_StateRequest, _tandem_v1_StateChunkInput>;
  
  GetStatus: grpc.handleUnaryCall<_tandem_v1_StatusRequest, _tandem_v1_ClusterStatusInput>;
  
  Join: grpc.handleBidiStreamingCall<_tandem_v1_WorkerMessage, _tandem_v1_CoordinatorMessageInput>;
  
}

export interface CoordinatorDefinition extends grpc.ServiceDefinition {
  FetchCheckpoint: MethodDefinition<_tandem_v1_StateRequestInput, _tandem_v1_StateChunkInput, _tandem_v1_StateRequest, _tandem_v1_StateChunk>
  GetStatus: MethodDefinition<_tandem_v1_StatusRequestInput, _tandem_v1_ClusterStatusInput, _tandem_v1_StatusRequest, _tandem_v1_ClusterStatus>
  Join: MethodDefinition<_tandem_v1_WorkerMessageInput, _tandem_v1_CoordinatorMessageInput, _tandem_v1_WorkerMessage, _tandem_v1_CoordinatorMessage>
}
