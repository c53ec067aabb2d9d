import leven from 'leven';

/** What somebody most likely meant: the nearest word where it is near, however it is capitalised. Undefined: none is. */
export function suggestion(word: string, known: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const exact = known.find((each) => each.toLowerCase() === lower);
  if (exact !== undefined) return exact;
  const nearest = known.toSorted((a, b) => distance(a) - distance(b))[0];
  // A third of its letters wrong: else it is another word.
  return nearest !== undefined && distance(nearest) <= Math.max(1, Math.floor(word.length / 3)) ? nearest : undefined;

  function distance(other: string): number {
    return leven(lower, other.toLowerCase());
  }
}
