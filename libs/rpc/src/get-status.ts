import { status as Status } from '@grpc/grpc-js';
import { isRetriable, joinRefused, noCoordinator } from './coordinator-errors.js';
import type { ClusterStatus } from './messages.js';
import { loadTandemProtocol } from './protocol.js';
import { openStub } from './security/open-stub.js';
import { LOOPBACK_ONLY } from './security/security.js';
import type { Security } from './security/security.js';
import { clusterStatusFault } from './validation/coordinator-message.js';

/** A coordinator that does not tell its status within so long counts as absent. */
export const STATUS_TIMEOUT_MS = 5_000;

export interface GetStatusOptions {
  /** Default: LOOPBACK_ONLY. */
  readonly security?: Security;
  /** Default: STATUS_TIMEOUT_MS. */
  readonly timeoutMs?: number;
  /** Also what a live view shows. Default: false. */
  readonly detail?: boolean;
}

/** What the coordinator at host:port knows of its run. Rejects with a RunError, `TANDEM_NO_COORDINATOR` when nobody answers. */
export async function getStatus(
  address: string,
  { security = LOOPBACK_ONLY, timeoutMs = STATUS_TIMEOUT_MS, detail = false }: GetStatusOptions = {},
): Promise<ClusterStatus> {
  const { CoordinatorStub } = loadTandemProtocol();
  const stub = openStub(CoordinatorStub, { address, peer: 'coordinator', security });
  const started = performance.now();
  try {
    return await new Promise<ClusterStatus>((resolve, reject) => {
      stub.getStatus({ detail }, { deadline: Date.now() + timeoutMs }, (error, status) => {
        const fault = status === undefined ? 'the answer was empty' : clusterStatusFault(status);
        if (error === null && status !== undefined && fault === undefined) resolve(status);
        else reject(error ?? Object.assign(new Error(fault), { code: Status.INTERNAL, details: fault }));
      });
    });
  } catch (error) {
    if (isRetriable(error)) throw noCoordinator(address, performance.now() - started, error, 'STATUS_TIMEOUT_MS');
    throw joinRefused(address, 'status', error);
  } finally {
    stub.close();
  }
}
