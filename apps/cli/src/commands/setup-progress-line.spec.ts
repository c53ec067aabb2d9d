import { describe, expect, it } from 'vitest';
import { SetupProgressLine } from './setup-progress-line.js';

function recorded(isTTY: boolean) {
  const written: string[] = [];
  const line = new SetupProgressLine({ isTTY, columns: 30, write: (text) => written.push(text) });
  return { written, line };
}

describe('SetupProgressLine', () => {
  it('writes a line per tenth where the output is not a terminal', () => {
    const { written, line } = recorded(false);
    for (let bytes = 0; bytes <= 200e6; bytes += 1e6)
      line.show({ phase: 'download', message: 'downloading x', bytes, totalBytes: 200e6 });
    line.show({ phase: 'build', message: 'building' });
    line.end();
    expect(written).toHaveLength(12);
    expect(written[1]).toBe('downloading x: 10 % of 200 MB\n');
    expect(written.at(-1)).toBe('building\n');
  });

  it('rewrites one line on a terminal, cut to its width, and clears it at the end', () => {
    const { written, line } = recorded(true);
    line.show({ phase: 'download', message: 'downloading a long name', bytes: 1, totalBytes: 100 });
    line.end();
    expect(written).toEqual(['\r\x1b[Kdownloading a long name: 1 % ', '\r\x1b[K']);
  });
});
