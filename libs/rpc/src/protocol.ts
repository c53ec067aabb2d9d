import { fileURLToPath } from 'node:url';
import { loadPackageDefinition, logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import type { ProtoGrpcType as CollectiveTypes } from './generated/collective.js';
import type { ProtoGrpcType as CoordinatorTypes } from './generated/coordinator.js';
import type { CollectiveDefinition } from './generated/tandem/v1/Collective.js';
import type { CoordinatorDefinition } from './generated/tandem/v1/Coordinator.js';

/** Raised when an older peer would misread a message. Peers of another version are refused with FAILED_PRECONDITION. */
export const PROTOCOL_VERSION = 2;

/** Services to give to `Server.addService`, and constructors of their clients. */
export interface TandemProtocol {
  /** All of it, for those who ask a server what it speaks. */
  readonly definition: PackageDefinition;
  readonly coordinator: CoordinatorDefinition;
  readonly collective: CollectiveDefinition;
  readonly CoordinatorStub: CoordinatorTypes['tandem']['v1']['Coordinator'];
  readonly CollectiveStub: CollectiveTypes['tandem']['v1']['Collective'];
}

// `src` and `dist` are equally deep.
const protoRoot = fileURLToPath(new URL('../../../protos', import.meta.url));
let loaded: TandemProtocol | undefined;

/**
 * The services of `protos/tandem/v1`, read once a thread. Messages are plain objects: field names in camelCase, 64-bit
 * integers as numbers (steps and byte counts stay far below 2^53), enumerations as strings, absent fields at their defaults.
 */
export function loadTandemProtocol(): TandemProtocol {
  if (loaded !== undefined) return loaded;
  // What grpc-js would print comes as an error too, and its own lines tear a progress bar.
  if (process.env['GRPC_VERBOSITY'] === undefined) setLogVerbosity(logVerbosity.NONE);
  const definition = loadSync(['tandem/v1/coordinator.proto', 'tandem/v1/collective.proto'], {
    includeDirs: [protoRoot],
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
    arrays: true,
  });
  const { tandem } = loadPackageDefinition(definition) as unknown as CoordinatorTypes & CollectiveTypes;
  loaded = {
    definition,
    coordinator: tandem.v1.Coordinator.service,
    collective: tandem.v1.Collective.service,
    CoordinatorStub: tandem.v1.Coordinator,
    CollectiveStub: tandem.v1.Collective,
  };
  return loaded;
}
