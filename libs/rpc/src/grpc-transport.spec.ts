import { join } from 'node:path';
import { credentials, loadPackageDefinition, status as Status } from '@grpc/grpc-js';
import type { Client, ClientReadableStream } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { Frame, Transport } from '@tandem/collective';
import { RunError } from '@tandem/core';
import { afterEach, describe, expect, it } from 'vitest';
import { CollectiveServer } from './collective-server.js';
import type { PullStream } from './collective-server.js';
import { GrpcTransport } from './grpc-transport.js';
import type { GrpcTransportOptions } from './grpc-transport.js';
import type { Member } from './messages.js';
import { PROTOCOL_VERSION } from './protocol.js';
import { closeMemory, lentMemory, openMemory } from './shared-memory/exchange-memory.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function listen(pullAdmissionTimeoutMs = 10_000): Promise<CollectiveServer> {
  const server = await CollectiveServer.listen({ host: '127.0.0.1', port: 0, pullAdmissionTimeoutMs });
  cleanUps.push(() => server.close());
  return server;
}

function membersOf(servers: readonly CollectiveServer[]): Member[] {
  return servers.map(({ port }, rank) => ({ rank, name: `w${rank}`, address: `127.0.0.1:${port}` }));
}

async function connect(options: Partial<GrpcTransportOptions> & { server: CollectiveServer; members: Member[] }) {
  const defaults = { runId: 'run', generation: 1, rank: 0, timeoutMs: 10_000 };
  const transport = await GrpcTransport.connect({ ...defaults, ...options });
  cleanUps.push(() => transport.close());
  return transport;
}

async function world(
  size: number,
  leaveGraceMs?: number,
): Promise<{ transports: GrpcTransport[]; servers: CollectiveServer[] }> {
  const servers = await Promise.all(Array.from({ length: size }, () => listen()));
  const members = membersOf(servers);
  const transports = await Promise.all(
    servers.map((server, rank) =>
      connect({ server, members, rank, ...(leaveGraceMs === undefined ? {} : { leaveGraceMs }) }),
    ),
  );
  return { transports, servers };
}

function frames(transport: Transport, count: number): Promise<{ from: number; frame: Frame }[]> {
  return new Promise((resolve) => {
    const received: { from: number; frame: Frame }[] = [];
    transport.onFrame((from, frame) => {
      received.push({ from, frame });
      if (received.length === count) resolve(received);
    });
  });
}

const frame = (index: number, data: Uint8Array): Frame => ({
  step: index,
  bucket: 2,
  phase: 'reduce',
  part: 3,
  offset: 4,
  data,
});

async function waitForRefusal(transport: Transport, to: number): Promise<never> {
  for (;;) {
    await transport.send(to, frame(0, Buffer.alloc(1)));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function rejection(promise: Promise<unknown>): Promise<RunError> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(RunError);
  return thrown as RunError;
}

describe('GrpcTransport', () => {
  it('is a world of its own for one rank', async () => {
    const { transports } = await world(1);
    expect(transports[0]).toMatchObject({ rank: 0, worldSize: 1 });
  });

  it.each([2, 3])(
    'carries frames between all of %i ranks, in order, and no longer reads their data when they are sent',
    async (size) => {
      const { transports } = await world(size);
      const received = transports.map((transport) => frames(transport, 3 * (size - 1)));
      for (const [rank, transport] of transports.entries()) {
        for (let to = 0; to < size; to += 1) {
          if (to === rank) continue;
          const shared = new Uint8Array(new SharedArrayBuffer(4));
          for (let index = 0; index < 3; index += 1) {
            await transport.send(to, frame(index, shared.fill(10 * rank + index)));
          }
        }
      }
      for (const [rank, each] of received.entries()) {
        const all = await each;
        for (let from = 0; from < size; from += 1) {
          if (from === rank) continue;
          const bytes = (value: number) => new Uint8Array(4).fill(value);
          expect(all.filter((one) => one.from === from).map((one) => one.frame)).toMatchObject(
            [0, 1, 2].map((index) => frame(index, bytes(10 * from + index))),
          );
        }
      }
    },
  );

  it.each([1, 4, 512 * 1024, 4 * 1024 * 1024])('carries 5 MB in frames of %i bytes both ways at once', async (size) => {
    const { transports } = await world(2);
    const count = size < 1024 ? 100 : Math.ceil(5e6 / size);
    const received = transports.map((transport) => frames(transport, count));
    const data = new Uint8Array(size).map((_, index) => index % 251);
    await Promise.all(
      transports.map(async (transport, rank) => {
        for (let index = 0; index < count; index += 1) await transport.send(1 - rank, frame(index, data));
      }),
    );
    for (const each of received) {
      const all = await each;
      expect(all.map((one) => one.frame.step)).toEqual(Array.from({ length: count }, (_, index) => index));
      for (const one of all) expect(Buffer.compare(one.frame.data, data)).toBe(0);
    }
  });

  it('keeps frames that come before there is a listener', async () => {
    const { transports } = await world(2);
    await transports[0]!.send(1, frame(1, Buffer.from('early')));
    await transports[0]!.send(1, frame(2, Buffer.from('late')));
    const received = await frames(transports[1]!, 2);
    expect(received.map(({ frame: { data } }) => Buffer.from(data).toString())).toEqual(['early', 'late']);
  });

  it('reads data until the promise resolves, and writes to received data only when they are released', async () => {
    const { transports } = await world(2);
    const first = frames(transports[1]!, 1);
    await transports[0]!.send(1, frame(1, new Uint8Array(1024).fill(1)));
    const kept = (await first)[0]!.frame;
    await transports[0]!.send(1, frame(2, new Uint8Array(1024).fill(2)));
    await transports[1]!.send(0, frame(3, new Uint8Array(1)));
    expect(kept.data).toEqual(new Uint8Array(1024).fill(1));
    kept.release!();
    const third = new Promise<Frame>((resolve) => transports[1]!.onFrame((_, received) => resolve(received)));
    await transports[0]!.send(1, frame(4, new Uint8Array(1000).fill(4)));
    expect((await third).data).toEqual(new Uint8Array(1000).fill(4));
    expect((await third).data.buffer).toBe(kept.data.buffer);
  });

  it('names a peer whose process is gone', async () => {
    const { transports, servers } = await world(2);
    const lost = new Promise<{ peer: number; error: Error }>((resolve) =>
      transports[0]!.onPeerLost((peer, error) => resolve({ peer, error })),
    );
    await servers[1]!.close();
    const { peer, error } = await lost;
    expect(peer).toBe(1);
    expect(error).toMatchObject({ code: 'TANDEM_PEER_LOST', context: { rank: 1, peer: 'w1' } });
    expect(error.message).toContain(`rank 1 (w1) at 127.0.0.1:${servers[1]!.port}`);
    expect(await rejection(transports[0]!.send(1, frame(1, Buffer.alloc(1))))).toBe(error);
  });

  it('lets those who stay finish what a peer that left has sent, and only then counts it as lost', async () => {
    const { transports } = await world(3, 100);
    const events: string[] = [];
    const lost = new Promise<Error>((resolve) =>
      transports[0]!.onPeerLost((peer, error) => {
        events.push(`lost ${peer}`);
        resolve(error);
      }),
    );
    transports[0]!.onFrame((from, { step }) => events.push(`frame ${step} of ${from}`));
    await transports[1]!.send(0, frame(1, Buffer.alloc(1)));
    await transports[1]!.close();
    expect((await rejection(waitForRefusal(transports[0]!, 1))).code).toBe('TANDEM_PEER_LOST');
    await transports[2]!.send(0, frame(2, Buffer.alloc(1)));
    expect((await lost).message).toMatch(/rank 1 .* it (closed the exchange|stopped pulling)/);
    expect(events).toEqual(['frame 1 of 1', 'frame 2 of 2', 'lost 1']);
  });

  it('delivers what was sent before an orderly close, and then refuses to send', async () => {
    const { transports } = await world(2);
    const data = new Uint8Array(3 * 1024 * 1024);
    const received = frames(transports[1]!, 8);
    for (let index = 0; index < 8; index += 1) await transports[0]!.send(1, frame(index, data));
    await transports[0]!.close();
    await received;
    expect((await rejection(transports[0]!.send(1, frame(9, data)))).code).toBe('TANDEM_EXCHANGE_CLOSED');
  });

  it('lets a pull wait for a rank that comes to the generation later', async () => {
    const servers = [await listen(), await listen()];
    const members = membersOf(servers);
    const first = connect({ server: servers[0]!, members, rank: 0 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const second = connect({ server: servers[1]!, members, rank: 1 });
    await expect(Promise.all([first, second])).resolves.toHaveLength(2);
  });

  it('names the ranks that are missing when time is over', async () => {
    const servers = [await listen(), await listen(), await listen()];
    const members = membersOf(servers);
    const [first, second] = await Promise.all([
      rejection(connect({ server: servers[0]!, members, rank: 0, timeoutMs: 300 })),
      rejection(connect({ server: servers[1]!, members, rank: 1, timeoutMs: 600 })),
    ]);
    expect(first).toMatchObject({ code: 'TANDEM_PEERS_MISSING', context: { ranks: [2] } });
    expect(first.message).toContain(`rank 2 (w2) at ${members[2]!.address} does not answer`);
    // Rank 0 is gone by then, which it says by leaving; rank 2 has never been there.
    expect(second).toMatchObject({ code: 'TANDEM_PEERS_MISSING', context: { ranks: [2] } });
  });

  it('refuses another run, and names the one who refused', async () => {
    const servers = [await listen(), await listen()];
    const members = membersOf(servers);
    const [first, second] = await Promise.all([
      rejection(connect({ server: servers[0]!, members, rank: 0, runId: 'one' })),
      rejection(connect({ server: servers[1]!, members, rank: 1, runId: 'two' })),
    ]);
    for (const [error, peer] of [
      [first, 1],
      [second, 0],
    ] as const) {
      // Whoever is refused second may see the other leave first.
      expect(['TANDEM_PEER_REFUSED', 'TANDEM_PEER_LOST']).toContain(error.code);
      expect(error.context['rank']).toBe(peer);
    }
    expect([first.message, second.message].join()).toMatch(/this worker is in run (one|two), not (one|two)/);
  });

  it('refuses a generation that is over and one that does not come', async () => {
    const servers = [await listen(300), await listen(300)];
    const members = membersOf(servers);
    const later = rejection(connect({ server: servers[1]!, members, rank: 1, generation: 2 }));
    const error = await rejection(connect({ server: servers[0]!, members, rank: 0, generation: 1 }));
    expect(error.message).toContain('this worker is in generation 2; 1 is over');
    expect((await later).context).toMatchObject({ rank: 0 });
  });

  it('is stopped by its signal', async () => {
    const servers = [await listen(), await listen()];
    const aborting = new AbortController();
    const connecting = connect({ server: servers[0]!, members: membersOf(servers), rank: 0, signal: aborting.signal });
    aborting.abort(new Error('the run has ended'));
    await expect(connecting).rejects.toThrow('the run has ended');
  });
});

describe('GrpcTransport with memory to lend', () => {
  async function lendingWorld(size: number) {
    const servers = await Promise.all(Array.from({ length: size }, () => listen()));
    const members = membersOf(servers);
    return Promise.all(
      servers.map(async (server, rank) => {
        const memory = lentMemory({ elements: 1000, partials: 1 })!;
        const { arrays, own } = openMemory(memory);
        const transport = await connect({ server, members, rank, memory: own });
        closeMemory(memory);
        return {
          transport,
          mean: arrays.mean,
          bytes: new Uint8Array(arrays.mean.buffer, arrays.mean.byteOffset, 4000),
        };
      }),
    );
  }

  it.each([2, 3])('lends among %i ranks what lies in it, and has sent that when it is released', async (size) => {
    const ranks = await lendingWorld(size);
    const [first, second] = ranks as [(typeof ranks)[0], (typeof ranks)[0], ...typeof ranks];
    for (const { transport } of ranks)
      expect(ranks.map((_, to) => transport.lendsTo(to))).toEqual(ranks.map((_, to) => to !== transport.rank));
    first.mean.fill(2.5);
    const events: string[] = [];
    const come = frames(second.transport, 2);
    const sent = first.transport.send(1, frame(1, first.bytes.subarray(8, 16))).then(() => events.push('sent'));
    await first.transport.send(1, frame(2, new Uint8Array(first.bytes.subarray(0, 4))));
    const [lent, copied] = (await come).map((one) => one.frame) as [Frame, Frame];
    expect([lent.lent, copied.lent]).toEqual([true, false]);
    expect([...new Float32Array(lent.data.buffer, lent.data.byteOffset, 2)]).toEqual([2.5, 2.5]);
    first.mean.fill(3);
    expect(new Float32Array(lent.data.buffer, lent.data.byteOffset, 2)[1]).toBe(3);
    events.push('released');
    lent.release!();
    await sent;
    expect(events).toEqual(['released', 'sent']);
  });

  it('gives what was lent to a peer that is lost up, with the error that names it', async () => {
    const [first, second] = await lendingWorld(2);
    const sending = rejection(first!.transport.send(1, frame(1, first!.bytes)));
    await frames(second!.transport, 1);
    await second!.transport.close();
    expect((await sending).message).toMatch(/rank 1 \(w1\) at .* it (closed the exchange|stopped pulling)/);
  });

  it.each([
    ['names memory that it does not lend', { lent: { at: 64, bytes: 8 } }, /8 bytes at 64 of memory that is not lent/],
    ['returns what it has not been lent', { returned: { first: 0, count: 1 } }, /returned chunk 0 of 0 lent to it/],
  ])('names a peer that %s', async (_, what, message) => {
    const servers = [await listen(), await listen()];
    const head = { step: 0, bucket: 0, phase: 'REDUCE', part: 0, offset: 0 } as const;
    const open = (__: number, stream: PullStream) => {
      stream.write({ ...head, ...what, data: new Uint8Array(0) });
      return undefined;
    };
    servers[1]!.admit({ runId: 'run', generation: 1, rank: 1, worldSize: 2, open });
    const error = await rejection(connect({ server: servers[0]!, members: membersOf(servers) }));
    expect(error).toMatchObject({ code: 'TANDEM_PEER_LOST', context: { rank: 1 } });
    expect(error.message).toMatch(message);
  });
});

describe('tandem.v1.Collective for a client that has only the .proto', () => {
  interface Loaded {
    tandem: { v1: { Collective: typeof Client } };
  }
  interface PlainClient extends Client {
    Pull(request: object): ClientReadableStream<Record<string, unknown>>;
  }

  async function plainClient(address: string): Promise<PlainClient> {
    const definition = loadSync('tandem/v1/collective.proto', {
      includeDirs: [join(import.meta.dirname, '../../../protos')],
    });
    const { tandem } = loadPackageDefinition(definition) as unknown as Loaded;
    const client = new tandem.v1.Collective(address, credentials.createInsecure()) as PlainClient;
    cleanUps.push(() => client.close());
    return client;
  }

  async function statusOf(call: ClientReadableStream<unknown>): Promise<{ code: number; details: string }> {
    return new Promise((resolve) => call.on('error', (error) => resolve(error as never)).on('data', () => undefined));
  }

  it('pulls and reads chunks', async () => {
    const servers = [await listen(), await listen()];
    const members = membersOf(servers);
    const connecting = connect({ server: servers[0]!, members, rank: 0 });
    const call = (await plainClient(members[0]!.address)).Pull({
      protocolVersion: PROTOCOL_VERSION,
      runId: 'run',
      generation: 1,
      rank: 1,
    });
    // The other way round: rank 0 pulls from rank 1, which here is a bare server.
    servers[1]!.admit({ runId: 'run', generation: 1, rank: 1, worldSize: 2, open: () => undefined });
    const transport = await connecting;
    const chunk = new Promise((resolve) => call.once('data', resolve));
    call.on('error', () => undefined);
    const values = new Float32Array([1.5, -2]);
    await transport.send(1, {
      step: 7,
      bucket: 1,
      phase: 'gather',
      part: 2,
      offset: 3,
      data: new Uint8Array(values.buffer),
    });
    const received = (await chunk) as { data: Buffer; phase: number; offset: number; step: { toNumber(): number } };
    expect([received.data.readFloatLE(0), received.data.readFloatLE(4)]).toEqual([1.5, -2]);
    expect(received).toMatchObject({ bucket: 1, phase: 1, part: 2, offset: 3 });
    expect(received.step.toNumber()).toBe(7);
  });

  it('refuses another protocol version and unknown ranks, and says why', async () => {
    const server = await listen();
    server.admit({ runId: 'run', generation: 1, rank: 0, worldSize: 2, open: () => undefined });
    const client = await plainClient(`127.0.0.1:${server.port}`);
    const request = { protocolVersion: PROTOCOL_VERSION, runId: 'run', generation: 1, rank: 1 };
    expect(await statusOf(client.Pull({ ...request, protocolVersion: 1 }))).toMatchObject({
      code: Status.FAILED_PRECONDITION,
      details: `this worker speaks protocol version ${PROTOCOL_VERSION}, not 1`,
    });
    for (const rank of [0, 2]) {
      expect(await statusOf(client.Pull({ ...request, rank }))).toMatchObject({
        code: Status.INVALID_ARGUMENT,
        details: `rank ${rank} is no peer of rank 0 in a world of 2`,
      });
    }
  });
});
