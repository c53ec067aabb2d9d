import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ChunkInput as _tandem_v1_ChunkInput, Chunk as _tandem_v1_Chunk } from './tandem/v1/Chunk.js';
import type { CollectiveClient as _tandem_v1_CollectiveClient, CollectiveDefinition as _tandem_v1_CollectiveDefinition } from './tandem/v1/Collective.js';
import type { LentMemoryInput as _tandem_v1_LentMemoryInput, LentMemory as _tandem_v1_LentMemory } from './tandem/v1/LentMemory.js';
import type { PullRequestInput as _tandem_v1_PullRequestInput, PullRequest as _tandem_v1_PullRequest } from './tandem/v1/PullRequest.js';
import type { StateChunkInput as _tandem_v1_StateChunkInput, StateChunk as _tandem_v1_StateChunk } from './tandem/v1/StateChunk.js';
import type { StateRequestInput as _tandem_v1_StateRequestInput, StateRequest as _tandem_v1_StateRequest } from './tandem/v1/StateRequest.js';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  tandem: {
    v1: {
      Chunk: MessageTypeDefinition<_tandem_v1_ChunkInput, _tandem_v1_Chunk>
      Collective: SubtypeConstructor<typeof grpc.Client, _tandem_v1_CollectiveClient> & { service: _tandem_v1_CollectiveDefinition }
      ExchangePhase: EnumTypeDefinition
      LentMemory: MessageTypeDefinition<_tandem_v1_LentMemoryInput, _tandem_v1_LentMemory>
      PullRequest: MessageTypeDefinition<_tandem_v1_PullRequestInput, _tandem_v1_PullRequest>
      StateChunk: MessageTypeDefinition<_tandem_v1_StateChunkInput, _tandem_v1_StateChunk>
      StateRequest: MessageTypeDefinition<_tandem_v1_StateRequestInput, _tandem_v1_StateRequest>
    }
  }
}

