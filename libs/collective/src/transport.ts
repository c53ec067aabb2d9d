/** A piece of a bucket on its way between two ranks. */
export interface Frame {
  /** The step it belongs to: later steps' frames may come while an earlier one is still being folded. */
  readonly step: number;
  readonly bucket: number;
  /** `reduce`: a partial sum on its way to be folded. `gather`: a finished mean on its way to everyone. */
  readonly phase: 'reduce' | 'gather';
  /** Of a `reduce` frame: the node of the canonical fold, or the hop of the ring, that the values belong to. */
  readonly part: number;
  /** In elements from the start of the bucket. */
  readonly offset: number;
  /** In the bucket's encoding, little-endian. */
  readonly data: Uint8Array;
  /** The data are float32 whatever the bucket's encoding is: they are lent, not sent. */
  readonly lent?: boolean;
  /** Of a received frame: its data are no longer needed, so that whoever owns their memory may write to it again. Lent data must be released. */
  readonly release?: () => void;
}

/**
 * Carries frames between the ranks of one generation. Implementations: `InMemoryTransport` here, the gRPC transport in
 * `@tandem/rpc`. A transport belongs to one generation; a new membership gets a new one.
 */
export interface Transport {
  readonly rank: number;
  readonly worldSize: number;

  /**
   * Hands one frame over for `to`. Frames to the same rank arrive in the order of the calls. The bytes may be read until the
   * promise resolves, which it does when the system has taken them: so that a connection is never idle, several frames are
   * handed over at a time. Rejects with a RunError that names the peer when it is lost or the transport is closed.
   */
  send(to: number, frame: Frame): Promise<void>;

  /**
   * Whether `to` reads what lies in this rank's exchange buffers where it lies, so that nothing is copied and encoding would only cost:
   * `send` then takes any number of frames at once, and resolves for each when the peer has released it. Default: no.
   */
  lendsTo?(to: number): boolean;

  /** Frames of all peers, in order per peer. Received data may be kept: nobody writes to it before it is released. */
  onFrame(listener: (from: number, frame: Frame) => void): void;

  /** Called once for a peer whose stream broke; `error` names it. */
  onPeerLost(listener: (peer: number, error: Error) => void): void;

  close(): Promise<void>;
}
