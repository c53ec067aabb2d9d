import { availableParallelism, cpus, hostname, totalmem } from 'node:os';

/** The machine that a process runs on, as far as a run's bits and speed depend on it. */
export interface Machine {
  readonly host: string;
  /** "linux x64" */
  readonly platform: string;
  /** "AMD EPYC 7763 64-Core Processor"; empty where the system does not say. */
  readonly processor: string;
  /** That this process may use. */
  readonly cores: number;
  readonly memoryBytes: number;
  /** Of Node, without the v. */
  readonly node: string;
}

export function thisMachine(): Machine {
  return {
    host: hostname(),
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? '',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.versions.node,
  };
}
