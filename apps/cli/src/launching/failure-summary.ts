import { TandemError } from '@tandem/core';

/** A worker's process that ended, as far as it is known here. */
export interface EndedPart {
  readonly name: string;
  readonly how: string;
  readonly endedAt: Date;
  readonly pid: number | undefined;
  readonly logFile: string;
}

export interface FailedRun {
  readonly error: Error;
  /** In whom the root cause lies, where it lies in one. */
  readonly worker: string | undefined;
  /** When it was seen. */
  readonly failedAt: Date;
  /** The last step that all committed. */
  readonly step: number;
  /** Of this machine. */
  readonly host: string;
  /** In the order in which they ended. */
  readonly ended: readonly EndedPart[];
  /** What the worker at fault printed last. */
  readonly lastLines: readonly string[];
}

/** The root cause of a failed run first, then who ended after it: what a person looks for in the logs of a hundred ranks. */
export function failureSummary(run: FailedRun): string[] {
  const { error, worker, failedAt, step, ended, lastLines } = run;
  const context = error instanceof TandemError ? error.context : {};
  const process = ended.findLast(({ name }) => name === worker);
  const rank = context['rank'] ?? rankIn(worker);
  const rows: [string, unknown][] = [
    ['worker', worker],
    ['rank', rank],
    ['host', context['host'] ?? (process === undefined ? undefined : run.host)],
    ['time', (process?.endedAt ?? failedAt).toISOString()],
    ['step', `${step} was the last that all committed`],
    ['ended', process && `${process.how}${process.pid === undefined ? '' : ` (process ${process.pid})`}`],
    ['output', process?.logFile],
  ];
  const others = ended.filter((other) => other !== process);
  return [
    'The run failed. Root cause, the first failure seen:',
    ...rows.filter(([, value]) => value !== undefined).map(([name, value]) => `  ${name.padEnd(7)} ${String(value)}`),
    ...(process === undefined
      ? []
      : [
          lastLines.length === 0 ? '  it printed nothing' : '  the last it printed:',
          ...lastLines.map((line) => `    ${line}`),
        ]),
    ...(others.length === 0
      ? []
      : ['Other ends:', ...others.map(({ name, how, endedAt }) => `  ${endedAt.toISOString()} ${name} ${how}`)]),
  ];
}

/** Of `worker-3`, before it has one of a generation. */
function rankIn(worker: string | undefined): string | undefined {
  return /^worker-(\d+)$/.exec(worker ?? '')?.[1];
}
