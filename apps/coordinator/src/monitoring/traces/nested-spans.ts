export interface Interval {
  readonly startUs: number;
  readonly endUs: number;
}

/** An interval, and the index of the innermost one around it; −1: there is none. */
export interface Nested<T extends Interval> {
  readonly span: T;
  readonly parent: number;
}

/**
 * Finds which interval is within which, of one thread: they nest, and were written down as they ended, an inner one before the one around
 * it. Outer ones come first in what is given.
 */
export function nestSpans<T extends Interval>(ended: readonly T[]): Nested<T>[] {
  const order = ended.map((span, index) => ({ span, index }));
  order.sort(
    (one, other) =>
      one.span.startUs - other.span.startUs || other.span.endUs - one.span.endUs || other.index - one.index,
  );
  const nested: Nested<T>[] = [];
  const open: number[] = [];
  for (const { span } of order) {
    while (open.length > 0 && nested[open.at(-1)!]!.span.endUs < span.endUs) open.pop();
    nested.push({ span, parent: open.at(-1) ?? -1 });
    open.push(nested.length - 1);
  }
  return nested;
}
