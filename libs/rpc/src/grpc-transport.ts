import type { Frame, Transport } from '@tandem/collective';
import { RunError, invariant } from '@tandem/core';
import type { CollectiveServer } from './collective-server.js';
import { describeMember } from './errors.js';
import type { Member } from './messages.js';
import { PeerLink } from './peer-link.js';
import { PROTOCOL_VERSION } from './protocol.js';
import { hostOf } from './same-host.js';
import type { OwnMemory } from './shared-memory/lent-memory.js';

export interface GrpcTransportOptions {
  /** Where the peers pull from this rank. */
  readonly server: CollectiveServer;
  readonly runId: string;
  readonly generation: number;
  readonly rank: number;
  /** All of the generation, this rank too. */
  readonly members: readonly Member[];
  /** All streams must stand by then. */
  readonly timeoutMs: number;
  /** What sets timeoutMs, for the error that says so. Default: exchange.timeoutMs. */
  readonly timeoutName?: string;
  /** Default: ORDERLY_LEAVE_GRACE_MS. */
  readonly leaveGraceMs?: number;
  /** What peers on this machine may read, in place of being sent it. Cleared when the transport closes. */
  readonly memory?: OwnMemory | undefined;
  readonly signal?: AbortSignal;
}

/** Frames between the ranks of a generation on gRPC streams that the receivers pull, one from every peer to every other. */
export class GrpcTransport implements Transport {
  readonly rank: number;
  readonly worldSize: number;
  readonly #links: ReadonlyMap<number, PeerLink>;
  readonly #memory: OwnMemory | undefined;

  private constructor(rank: number, links: readonly PeerLink[], memory: OwnMemory | undefined) {
    this.rank = rank;
    this.#memory = memory;
    this.worldSize = links.length + 1;
    this.#links = new Map(links.map((link) => [link.member.rank, link]));
  }

  /**
   * Resolves when every peer pulls from this rank and this rank from every peer. Rejects with a RunError that names the
   * ranks: `TANDEM_PEERS_MISSING` (not there within timeoutMs), `TANDEM_PEER_REFUSED` (other version, run or generation),
   * `TANDEM_PEER_LOST`; or with the signal's reason.
   */
  static async connect(options: GrpcTransportOptions): Promise<GrpcTransport> {
    const { server, runId, generation, rank, members, signal, leaveGraceMs, memory } = options;
    invariant(
      members.some((member) => member.rank === rank) && members.every((member) => member.rank < members.length),
      `rank ${rank} was to connect to the ranks ${members.map((member) => member.rank).join(', ')}`,
    );
    signal?.throwIfAborted();
    const here = hostOf(members.find((member) => member.rank === rank)!);
    const links = members
      .filter((member) => member.rank !== rank)
      .map((member) => new PeerLink(member, { leaveGraceMs, memory: hostOf(member) === here ? memory : undefined }));
    const transport = new GrpcTransport(rank, links, memory);
    server.admit({
      runId,
      generation,
      rank,
      worldSize: members.length,
      open: (from, stream, lent) => transport.#link(from).accept(stream, lent),
    });
    try {
      const request = { protocolVersion: PROTOCOL_VERSION, runId, generation, rank };
      for (const link of links) link.pull(request, server.security);
      await whenOpen(links, options);
    } catch (error) {
      await transport.close();
      throw error;
    }
    return transport;
  }

  send(to: number, frame: Frame): Promise<void> {
    const { step, bucket, part, offset, data } = frame;
    const phase = frame.phase === 'reduce' ? 'REDUCE' : 'GATHER';
    return this.#link(to).send({ step, bucket, phase, part, offset, data });
  }

  lendsTo(to: number): boolean {
    return this.#links.get(to)?.lends ?? false;
  }

  onFrame(listener: (from: number, frame: Frame) => void): void {
    for (const [from, link] of this.#links) {
      link.onChunk((chunk) => {
        listener(from, { ...chunk, phase: chunk.phase === 'REDUCE' ? 'reduce' : 'gather' });
      });
    }
  }

  onPeerLost(listener: (peer: number, error: Error) => void): void {
    for (const [peer, link] of this.#links) link.onLost((error) => listener(peer, error));
  }

  async close(): Promise<void> {
    const reason = new RunError({
      code: 'TANDEM_EXCHANGE_CLOSED',
      what: 'the exchange of this generation is closed',
      context: { rank: this.rank },
    });
    await Promise.all(Array.from(this.#links.values(), (link) => link.close(reason)));
    this.#memory?.clear();
  }

  #link(rank: number): PeerLink {
    const link = this.#links.get(rank);
    invariant(link !== undefined, `rank ${this.rank} has no peer of rank ${rank} in a world of ${this.worldSize}`);
    return link;
  }
}

async function whenOpen(links: readonly PeerLink[], options: GrpcTransportOptions): Promise<void> {
  const { timeoutMs, signal, timeoutName = 'exchange.timeoutMs' } = options;
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  const broken = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(peersMissing(links, timeoutMs, timeoutName)), timeoutMs);
    abort = () => reject(signal?.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
  });
  try {
    await Promise.race([Promise.all(links.map((link) => link.opened)), broken]);
  } finally {
    clearTimeout(timer);
    if (abort !== undefined) signal?.removeEventListener('abort', abort);
  }
}

function peersMissing(links: readonly PeerLink[], timeoutMs: number, timeoutName: string): RunError {
  const missing = links.filter((link) => link.missing !== undefined);
  const each = missing.map((link) => `${describeMember(link.member)} ${link.missing}`).join('; ');
  return new RunError({
    code: 'TANDEM_PEERS_MISSING',
    what: `waited ${timeoutMs} ms for the exchange with all peers: ${each}`,
    remedy: `Workers must reach each other at these addresses. The limit is ${timeoutName}.`,
    context: {
      ranks: missing.map((link) => link.member.rank),
      ...(missing.length === 1 ? { peer: missing[0]?.member.name } : {}),
      ...{ timeout: timeoutName, ms: timeoutMs },
    },
  });
}
