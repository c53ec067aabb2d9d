import { existsSync, readFileSync } from 'node:fs';

export interface LogLine {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly msg: string;
  readonly pid: number;
  readonly step?: number;
}

/** The lines of a log in JSON that are there whole. */
export function readLog(file: string): LogLine[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as LogLine);
}

export interface Commit {
  readonly step: number;
  /** By the first rank that committed it, milliseconds since 1970. */
  readonly time: number;
}

/** When each step was committed first, in order of time; from workers' logs at level debug. */
export function commitsOf(logs: readonly (readonly LogLine[])[]): Commit[] {
  const first = new Map<number, number>();
  for (const { step, time, msg } of logs.flat())
    if (step !== undefined && msg.endsWith('is committed')) first.set(step, Math.min(first.get(step) ?? time, time));
  return Array.from(first, ([step, time]) => ({ step, time })).sort((a, b) => a.time - b.time || a.step - b.step);
}

/** A fault in a step shows in one of the steps after it: whoever had all gradients already commits it. */
const STEPS_TO_SHOW = 5;

/**
 * How long nothing was committed after a fault: to the end of the longest pause among the steps that follow, from the fault or from
 * the pause's beginning if that is later. Undefined where nothing followed.
 */
export function recoveryMs(commits: readonly Commit[], faultTime: number): number | undefined {
  const before = commits.filter(({ time }) => time <= faultTime);
  const after = commits.filter(({ time }) => time > faultTime).slice(0, STEPS_TO_SHOW);
  let from = faultTime;
  let longest: number | undefined;
  for (const { time } of after) {
    longest = Math.max(longest ?? 0, time - from);
    from = time;
  }
  return before.length === 0 ? after[0] && after[0].time - faultTime : longest;
}
