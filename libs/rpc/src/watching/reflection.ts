import type { Server } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { protoPath } from 'grpc-health-check';
import { loadTandemProtocol } from '../protocol.js';

/** Tells tools such as grpcurl what the server speaks: grpc.reflection.v1 and v1alpha. */
export function addReflectionService(server: Server, services: readonly string[]): void {
  const definition = { ...loadTandemProtocol().definition, ...loadSync(protoPath) };
  new ReflectionService(definition, { services: [...services, 'grpc.health.v1.Health'] }).addToServer(server);
}
