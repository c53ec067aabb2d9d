/**
 * Names in the order of their ranks. Where all end in a number after the same beginning, as `worker-0`, `worker-1`, … or
 * the pods of a Kubernetes job do, the numbers decide; otherwise the order of joining, which is the order given.
 */
export function rankOrder(names: readonly string[]): string[] {
  const parts = names.map((name) => /^(.*?)(\d+)$/.exec(name));
  const prefix = parts[0]?.[1];
  if (!parts.every((part) => part !== null && part[1] === prefix)) return [...names];
  return names.toSorted((a, b) => Number(/\d+$/.exec(a)![0]) - Number(/\d+$/.exec(b)![0]));
}
