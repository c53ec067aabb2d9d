/** A process's certificate, its key, and the authority that its peers' certificates must be of. PEM. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

/** How a process knows its peers and is known by them. Plain data: it crosses into the communication thread. */
export interface Security {
  /** Undefined: plaintext. */
  readonly tls: TlsIdentity | undefined;
  /** The run's join token. Undefined: none is asked for, and none is sent. */
  readonly token: string | undefined;
  /** Somebody has said that plaintext may leave this machine. */
  readonly insecure: boolean;
}

/** What holds where nothing is said: plaintext, and not beyond this machine. */
export const LOOPBACK_ONLY: Security = { tls: undefined, token: undefined, insecure: false };
