import { status as Status } from '@grpc/grpc-js';
import { type ClusterRole, clusterRoles } from '@tandem/core';
import { TokenCheck } from './join-token.js';
import type { Security } from './security.js';

/** Over HTTP, beside the methods of gRPC. */
export const METRICS_PATH = '/metrics';

/** Who may call what, where there are certificates. */
const callers: Readonly<Record<string, readonly ClusterRole[]>> = {
  '/tandem.v1.Coordinator/Join': ['worker'],
  '/tandem.v1.Coordinator/FetchCheckpoint': ['worker'],
  '/tandem.v1.Coordinator/GetStatus': clusterRoles,
  '/tandem.v1.Collective/Pull': ['worker'],
  '/tandem.v1.Collective/FetchState': ['worker', 'coordinator'],
  '/grpc.health.v1.Health/Check': clusterRoles,
  '/grpc.health.v1.Health/List': clusterRoles,
  '/grpc.health.v1.Health/Watch': clusterRoles,
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo': clusterRoles,
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo': clusterRoles,
  [METRICS_PATH]: clusterRoles,
};

/** Says whether a process serves, and nothing else: probes carry no tokens. */
const tokenless = /^\/grpc\.health\.v1\.Health\//;

export interface CallFacts {
  /** "/tandem.v1.Coordinator/Join" */
  readonly path: string;
  readonly authorization: string | undefined;
  /** Of the caller's verified certificate; undefined: the call came in plaintext. */
  readonly roles: readonly ClusterRole[] | undefined;
}

export interface CallRefusal {
  readonly code: Status;
  readonly details: string;
}

/** Whether a call may be made, before anything of it is read. The same at the coordinator and at workers. */
export class CallGuard {
  readonly #token: TokenCheck | undefined;
  readonly #tls: boolean;

  constructor({ token, tls }: Security) {
    this.#token = token === undefined ? undefined : new TokenCheck(token);
    this.#tls = tls !== undefined;
  }

  refusal({ path, authorization, roles }: CallFacts): CallRefusal | undefined {
    const fault = tokenless.test(path) ? undefined : this.#token?.fault(authorization);
    if (fault !== undefined)
      return { code: Status.UNAUTHENTICATED, details: `${fault} (--token-file, TANDEM_TOKEN or the token in --certs)` };
    if (!this.#tls) return undefined;
    const allowed = callers[path] ?? [];
    if (roles?.some((role) => allowed.includes(role)) === true) return undefined;
    const [has, needs] = [roles?.join(', ') || 'none', allowed.join(' or ') || 'nobody'];
    return {
      code: Status.PERMISSION_DENIED,
      details: `${path} is for ${needs}; the role of the certificate is ${has}`,
    };
  }
}
