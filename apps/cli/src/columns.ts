/** Cells in columns, as wide as their widest; `right`: indices of columns whose cells stand right, such as numbers. */
export function columns(table: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) =>
    row
      .map((cell, column) => (right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  );
}
