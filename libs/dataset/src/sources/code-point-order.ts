/** Order by code point, the same on every machine: no locale, and not JavaScript's order of UTF-16 units. */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
