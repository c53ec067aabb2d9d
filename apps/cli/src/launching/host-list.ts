/**
 * The names that Slurm's short form stands for, in their order: `node[08-10,12],login` is node08, node09, node10, node12
 * and login. A dimension after a bracket (`rack[1-2]n[1-4]`) is taken as well. Undefined where the text is none.
 */
export function hostsOf(list: string): string[] | undefined {
  const hosts = splitOutsideBrackets(list)?.flatMap((part) => expand(part) ?? [undefined]);
  return hosts === undefined || hosts.length === 0 || hosts.includes(undefined) ? undefined : (hosts as string[]);
}

function splitOutsideBrackets(list: string): string[] | undefined {
  const parts = list.match(/(?:[^,[\]]|\[[^[\]]*\])+/g) ?? [];
  return parts.join(',') === list && list !== '' ? parts : undefined;
}

function expand(part: string): string[] | undefined {
  const match = /^([^[]*)\[([^\]]*)\](.*)$/.exec(part);
  if (match === null) return [part];
  const [, before, ranges, after] = match as unknown as [string, string, string, string];
  const rest = expand(after);
  const numbers = ranges.split(',').map(numbersOf);
  if (rest === undefined || numbers.includes(undefined)) return undefined;
  return numbers.flatMap((some) => some!.flatMap((number) => rest.map((end) => `${before}${number}${end}`)));
}

/** More hosts in one range are a typing error, not a machine. */
const MOST_OF_A_RANGE = 100_000;

/** `08-10` keeps its width. */
function numbersOf(range: string): string[] | undefined {
  const match = /^(\d+)(?:-(\d+))?$/.exec(range);
  if (match === null) return undefined;
  const first = match[1]!;
  const last = Number(match[2] ?? first);
  const count = last - Number(first) + 1;
  if (count < 1 || count > MOST_OF_A_RANGE) return undefined;
  return Array.from({ length: count }, (_, index) => String(Number(first) + index).padStart(first.length, '0'));
}
