const BARS = [...'▁▂▃▄▅▆▇█'];

/** A curve of at most `columns` characters: the mean of as many values each as it takes. A value that is no number is a gap. */
export function sparkline(values: readonly number[], columns: number): string {
  const each = Math.max(1, Math.ceil(values.length / Math.max(1, columns)));
  const points: number[] = [];
  for (let start = 0; start < values.length; start += each) points.push(mean(values.slice(start, start + each)));
  const finite = points.filter(Number.isFinite);
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  return points
    .slice(0, columns)
    .map((value) => {
      if (!Number.isFinite(value)) return ' ';
      const height = high > low ? (value - low) / (high - low) : 0;
      return BARS[Math.min(BARS.length - 1, Math.floor(height * BARS.length))]!;
    })
    .join('');
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
