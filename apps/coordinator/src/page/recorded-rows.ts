import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { MetricsRow } from '../metrics/rows.js';

/**
 * The rows of metrics.jsonl up to `step`, one after another; none where there is no file, and none of lines that a kill tore.
 * Read piece by piece: a long run's file has hundreds of megabytes.
 */
export async function* recordedRows(file: string, step: number, signal: AbortSignal): AsyncGenerator<MetricsRow> {
  const input = createReadStream(file, { encoding: 'utf8', signal });
  // The loop below ends where the file does; why it could not be read is said by who writes it.
  input.on('error', () => undefined);
  try {
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      const row = parse(line);
      if (row !== undefined && row.step <= step) yield row;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ABORT_ERR') throw error;
  } finally {
    input.destroy();
  }
}

function parse(line: string): MetricsRow | undefined {
  try {
    const row = JSON.parse(line) as Partial<MetricsRow> | null;
    if (typeof row?.step !== 'number' || (row.type !== 'step' && row.type !== 'eval')) return undefined;
    // A loss that is no number is null in the file.
    return { ...row, loss: row.loss ?? NaN } as MetricsRow;
  } catch {
    return undefined;
  }
}
