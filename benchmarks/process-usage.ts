import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

// What the kernel counts of a running process; it knows nothing of one that has ended.

let ticksPerSecond: number | undefined;

/** Processor time of all of a process's threads so far, user and system, in ms; in whole ticks of usually 10 ms (proc(5), stat). */
export function cpuMsOf(pid: number): number {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses, which may have spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

/** The greatest resident set of a process so far, MB. */
export function peakMemoryMbOf(pid: number): number {
  return Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1000;
}
