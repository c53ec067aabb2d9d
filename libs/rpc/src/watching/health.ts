import { EventEmitter } from 'node:events';
import { type Server, type ServerWritableStream, status as Status } from '@grpc/grpc-js';
import { service } from 'grpc-health-check';

export type ServingStatus = 'SERVING' | 'NOT_SERVING';

/** grpc.health.v1 also answers for what it does not know. */
type AnsweredStatus = ServingStatus | 'SERVICE_UNKNOWN';

export interface HealthMethod {
  readonly path: string;
  readonly requestDeserialize: (bytes: Buffer) => { readonly service?: string };
  readonly responseSerialize: (message: object) => Buffer;
}

/** The service's methods as the published definition has them. */
export const healthMethods: Readonly<Record<'check' | 'list' | 'watch', HealthMethod>> = {
  check: service['Check'] as HealthMethod,
  list: service['List'] as HealthMethod,
  watch: service['Watch'] as HealthMethod,
};

/** More watchers than any probe needs: what is beyond is refused. */
export const MAX_HEALTH_WATCHERS = 64;

/**
 * What a process says of itself by grpc.health.v1: a status for each service, and one for the whole, whose name is empty. It
 * ends its watchers with `close`: they must not hold up the end of a run.
 */
export class Health {
  readonly #statuses = new Map<string, ServingStatus>();
  readonly #changes = new EventEmitter().setMaxListeners(2 * MAX_HEALTH_WATCHERS);
  #watchers = 0;
  #closed = false;

  constructor(services: readonly string[]) {
    for (const name of ['', ...services]) this.#statuses.set(name, 'NOT_SERVING');
  }

  set(name: string, status: ServingStatus): void {
    if (this.#statuses.get(name) === status) return;
    this.#statuses.set(name, status);
    this.#changes.emit('changed', name, status);
  }

  /** Undefined: no service of that name is known. */
  status(name: string): ServingStatus | undefined {
    return this.#statuses.get(name);
  }

  get statuses(): Readonly<Record<string, { readonly status: ServingStatus }>> {
    return Object.fromEntries([...this.#statuses].map(([name, status]) => [name, { status }]));
  }

  /** `changed` hears the status now and each time it changes, `ended` when there is nothing more to hear. Gives what ends it; undefined: too many watch. */
  watch(name: string, changed: (status: AnsweredStatus) => void, ended: () => void): (() => void) | undefined {
    if (this.#closed || this.#watchers >= MAX_HEALTH_WATCHERS) return undefined;
    this.#watchers++;
    const hear = (of: string, status: ServingStatus) => {
      if (of === name) changed(status);
    };
    this.#changes.on('changed', hear);
    this.#changes.once('closed', ended);
    changed(this.status(name) ?? 'SERVICE_UNKNOWN');
    let watching = true;
    return () => {
      if (!watching) return;
      watching = false;
      this.#watchers--;
      this.#changes.off('changed', hear);
      this.#changes.off('closed', ended);
    };
  }

  /** Nothing serves any more; everyone who watches hears so, and is let go. */
  close(): void {
    for (const name of this.#statuses.keys()) this.set(name, 'NOT_SERVING');
    this.#closed = true;
    this.#changes.emit('closed');
  }
}

/** grpc.health.v1 on a server of grpc-js. */
export function addHealthService(server: Server, health: Health): void {
  server.addService(service, {
    Check: (
      { request }: { request: { service: string } },
      callback: (error: object | null, value?: { status: ServingStatus }) => void,
    ) => {
      const status = health.status(request.service);
      if (status !== undefined) callback(null, { status });
      else callback({ code: Status.NOT_FOUND, details: 'there is no service of that name here' });
    },
    List: (_: unknown, callback: (error: null, value: object) => void) => callback(null, { statuses: health.statuses }),
    Watch: (call: ServerWritableStream<{ service: string }, { status: AnsweredStatus }>) => {
      const stop = health.watch(
        call.request.service,
        (status) => call.write({ status }),
        () => call.end(),
      );
      if (stop === undefined) {
        const details = `${MAX_HEALTH_WATCHERS} watch already, or this process ends`;
        // Not by `destroy`: grpc-js sends the status when the stream ends, and a destroyed one never does.
        call.emit('error', Object.assign(new Error(details), { code: Status.RESOURCE_EXHAUSTED, details }));
        return;
      }
      for (const event of ['cancelled', 'close', 'error'] as const) call.on(event, stop);
    },
  });
}
