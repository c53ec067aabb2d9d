import { readdirSync, readFileSync } from 'node:fs';

/** Whether a process is stopped, by SIGSTOP say. */
export function isStopped(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // After the command's name, which is in parentheses and may hold any.
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
  } catch {
    return false;
  }
}

/** Command lines of all processes that have this text in theirs: a run directory, which is nobody else's. */
export function processesOf(text: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return command.includes(text) || environment.includes(text) ? [`${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
}
