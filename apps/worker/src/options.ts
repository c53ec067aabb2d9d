import type { EngineChoice } from '@tandem/model';
import type { Security } from '@tandem/rpc';

/** What a worker is started with; everything else comes from its coordinator. */
export interface WorkerOptions {
  /** Of the coordinator, host:port. */
  readonly coordinator: string;
  /** Unique in the cluster. Default: host name and process id. */
  readonly name?: string;
  /** Default: `cpu`. */
  readonly device?: 'cpu' | `gpu:${number}`;
  /** What it computes with. Default: `auto`, the native one, or where that cannot be had WebAssembly for a small network. */
  readonly engine?: EngineChoice;
  /** TensorFlow's threads. Default: the run's `cluster.threads`; another number gives other bits. */
  readonly threads?: number;
  /** Where peers find this worker. Default: the address by which it reached the coordinator. */
  readonly advertiseHost?: string;
  /** How it knows coordinator and peers, and they it. Default: LOOPBACK_ONLY. */
  readonly security?: Security;
  /** The coordinator may name data in this folder only. Default: anywhere. */
  readonly dataRoot?: string;
  /** The coordinator may name code of a network (model.module) in this folder only. Default: nowhere. */
  readonly modules?: string;
  /** HOST:PORT of `/metrics` and `/health`. Default: none. */
  readonly metricsListen?: string;
  /** How long to look for the coordinator, in milliseconds. Default: 600,000. */
  readonly joinTimeoutMs?: number;
  /** Gets every log line as JSON. */
  readonly logFile?: string;
  /** TensorFlow's own start-up messages are wanted. */
  readonly verbose?: boolean;
  /** Started by `tandem run`, which hands on signals itself. */
  readonly managed?: boolean;
}
