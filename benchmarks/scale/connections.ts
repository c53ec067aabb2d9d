import type { Frame } from '@tandem/collective';
import { CollectiveServer, GrpcTransport, type Member } from '@tandem/rpc';
import { readFileSync } from 'node:fs';

/** Of connections both of whose ends are in one process: as many as one rank of `likeRanks` has, which serves as many as it opens. */
export interface ConnectionsRow {
  readonly connections: number;
  readonly likeRanks: number;
  readonly openCpuMs: number;
  /** Memory that they take, all of them open and used. */
  readonly megabytes: number;
  readonly frameBytes: number;
  /** Processor time to send a frame and to receive it, on all connections in turn. */
  readonly msPerFrame: number;
}

/** Every one of so many ranks in this process opens a connection to every other, and sends it frames. */
export async function measureConnections(ranks: number, frameBytes: number, rounds: number): Promise<ConnectionsRow> {
  const connections = ranks * (ranks - 1);
  const servers: CollectiveServer[] = [];
  for (let rank = 0; rank < ranks; rank++)
    servers.push(await CollectiveServer.listen({ host: '127.0.0.1', port: 0, pullAdmissionTimeoutMs: 60_000 }));
  const members: Member[] = servers.map(({ port }, rank) => ({ rank, name: `w${rank}`, address: `127.0.0.1:${port}` }));
  const memoryBefore = residentMb();
  const [used, transports] = await timed(() =>
    Promise.all(
      servers.map((server, rank) =>
        GrpcTransport.connect({ server, members, rank, runId: 'benchmark', generation: 1, timeoutMs: 60_000 }),
      ),
    ),
  );
  try {
    // The first frames find code that is not compiled yet.
    await exchange(transports, 0, frameBytes);
    const [cpuMs] = await timed(async () => {
      for (let round = 1; round <= rounds; round++) await exchange(transports, round, frameBytes);
    });
    return {
      connections,
      likeRanks: connections + 1,
      openCpuMs: used,
      megabytes: residentMb() - memoryBefore,
      frameBytes,
      msPerFrame: cpuMs / (rounds * connections),
    };
  } finally {
    await Promise.all(transports.map((transport) => transport.close()));
    await Promise.all(servers.map((server) => server.close()));
  }
}

/** Resolves when every rank has a frame of every other. */
async function exchange(transports: readonly GrpcTransport[], step: number, frameBytes: number): Promise<void> {
  const data = new Uint8Array(frameBytes);
  const frame: Frame = { step, bucket: 0, phase: 'gather', part: 0, offset: 0, data };
  const arrived = Promise.all(transports.map((transport) => framesOf(transport, transports.length - 1)));
  await Promise.all(
    transports.flatMap((transport, from) =>
      transports.flatMap((_, to) => (to === from ? [] : [transport.send(to, frame)])),
    ),
  );
  await arrived;
}

function framesOf(transport: GrpcTransport, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    transport.onFrame((_, { release }) => {
      release?.();
      if (--left === 0) resolve();
    });
  });
}

async function timed<T>(work: () => Promise<T>): Promise<[cpuMs: number, result: T]> {
  const start = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(start);
  return [(user + system) / 1000, result];
}

function residentMb(): number {
  return Number(/VmRSS:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1000;
}
