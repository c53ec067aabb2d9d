import { type ServerInterceptor, ServerInterceptingCall, status as Status } from '@grpc/grpc-js';
import { AUTHORIZATION } from './join-token.js';
import { CallGuard } from './call-guard.js';
import type { RefusalLog } from './refusal-log.js';
import { rolesOf } from './roles.js';
import type { Security } from './security.js';

/** A CallGuard in front of every method of a server of grpc-js. None where nothing is asked of callers. */
export function guardInterceptors(security: Security, refusals: RefusalLog): ServerInterceptor[] {
  if (security.tls === undefined && security.token === undefined) return [];
  const guard = new CallGuard(security);
  return [
    ({ path }, call) =>
      new ServerInterceptingCall(call, {
        start: (next) =>
          next({
            onReceiveMetadata: (metadata, pass) => {
              const { sslPeerCertificate } = call.getAuthContext();
              const refusal = guard.refusal({
                path,
                authorization: metadata.get(AUTHORIZATION)[0]?.toString(),
                roles: sslPeerCertificate && rolesOf(sslPeerCertificate),
              });
              metadata.remove(AUTHORIZATION);
              if (refusal === undefined) return pass(metadata);
              refusals.add(call.getPeer(), `${Status[refusal.code]}: ${refusal.details}`);
              call.sendStatus({ ...refusal, metadata: null });
            },
          }),
      }),
  ];
}
