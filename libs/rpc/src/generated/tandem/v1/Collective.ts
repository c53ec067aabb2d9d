// Original file: protos/tandem/v1/collective.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ChunkInput as _tandem_v1_ChunkInput, Chunk as _tandem_v1_Chunk } from '../../tandem/v1/Chunk.js';
import type { PullRequestInput as _tandem_v1_PullRequestInput, PullRequest as _tandem_v1_PullRequest } from '../../tandem/v1/PullRequest.js';
import type { StateChunkInput as _tandem_v1_StateChunkInput, StateChunk as _tandem_v1_StateChunk } from '../../tandem/v1/StateChunk.js';
import type { StateRequestInput as _tandem_v1_StateRequestInput, StateRequest as _tandem_v1_StateRequest } from '../../tandem/v1/StateRequest.js';

export interface CollectiveClient extends grpc.Client {
  FetchState(argument: _tandem_v1_StateRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_tandem_v1_StateChunk>;
  FetchState(argument: _tandem_v1_StateRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_tandem_v1_StateChunk>;
  fetchState(argument: _tandem_v1_StateRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_tandem_v1_StateChunk>;
  fetchState(argument: _tandem_v1_StateRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_tandem_v1_StateChunk>;
  
  Pull(argument: _tandem_v1_PullRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_tandem_v1_Chunk>;
  Pull(argument: _tandem_v1_PullRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_tandem_v1_Chunk>;
  pull(argument: _tandem_v1_PullRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_tandem_v1_Chunk>;
  pull(argument: _tandem_v1_PullRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_tandem_v1_Chunk>;
  
}

export interface CollectiveHandlers extends grpc.UntypedServiceImplementation {
  FetchState: grpc.handleServerStreamingCall<_tandem_v1_StateRequest, _tandem_v1_StateChunkInput>;
  
  Pull: grpc.handleServerStreamingCall<_tandem_v1_PullRequest, _tandem_v1_ChunkInput>;
  
}

export interface CollectiveDefinition extends grpc.ServiceDefinition {
  FetchState: MethodDefinition<_tandem_v1_StateRequestInput, _tandem_v1_StateChunkInput, _tandem_v1_StateRequest, _tandem_v1_StateChunk>
  Pull: MethodDefinition<_tandem_v1_PullRequestInput, _tandem_v1_ChunkInput, _tandem_v1_PullRequest, _tandem_v1_Chunk>
}
