/**
 * Runs `work` for every item, at most `limit` at once, started in order. Settles when nothing is running any more; rejects
 * with the error of the earliest item that failed, and starts no more after a failure.
 */
export async function bounded<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T, place: number) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const failures: { readonly place: number; readonly error: unknown }[] = [];
  let started = 0;
  const lane = async () => {
    while (failures.length === 0) {
      const next = iterator.next();
      if (next.done === true) return;
      const place = started++;
      try {
        await work(next.value, place);
      } catch (error) {
        failures.push({ place, error });
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, lane));
  const [first] = failures.sort((a, b) => a.place - b.place);
  if (first !== undefined) throw first.error;
}

/** Images decoded at once: the default size of libuv's thread pool, which sharp decodes on. */
export const DECODES_AT_ONCE = 4;
