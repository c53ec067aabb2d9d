import fs, { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shortestFloat32 } from './float32.js';
import { MetricsFile } from './metrics-file.js';

describe('shortestFloat32', () => {
  it.each([
    [Math.fround(0.1), '0.1'],
    [Math.fround(2.3025851), '2.3025851'],
    [1 / 3, '0.33333334'],
    [0, '0'],
  ])('%f prints as %s', (value, text) => expect(String(shortestFloat32(Math.fround(value)))).toBe(text));

  it('reads back as the same float32', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        expect(Math.fround(shortestFloat32(value)) === value).toBe(true);
      }),
    );
  });

  it('leaves what is not a number', () => expect(shortestFloat32(NaN)).toBeNaN());
});

describe('MetricsFile', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-metrics-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('cuts what comes after the step, what is there twice and what is torn', () => {
    const path = join(folder, 'metrics.jsonl');
    const lines = [
      '{"type":"step","step":1}',
      '{"type":"step","step":1,"again":1}',
      '{"type":"eval","step":1}',
      '{"type":"step","step":2}',
    ];
    writeFileSync(path, `${lines.join('\n')}\n{"type":"st`);
    const file = new MetricsFile(path, 1);
    file.append({ type: 'eval', step: 2, top1: 0.5, top5: 0, loss: 1 });
    file.close();
    expect(readFileSync(path, 'utf8')).toBe(
      `${lines[0]}\n${lines[2]}\n{"type":"eval","step":2,"top1":0.5,"top5":0,"loss":1}\n`,
    );
    expect(file.hasEvaluation(1)).toBe(true);
    expect(file.hasEvaluation(2)).toBe(true);
    expect(file.hasEvaluation(3)).toBe(false);
  });

  it.each(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS'])(
    'holds rows back for a disk with %s, and writes them after it',
    (code) => {
      const path = join(folder, 'metrics.jsonl');
      const heard: string[] = [];
      const file = new MetricsFile(path, 0, {
        paused: (error) => heard.push(`paused: ${error.message}`),
        resumed: (rows) => heard.push(`resumed: ${rows}`),
      });
      const row = (step: number) => ({ type: 'eval', step, top1: 0.5, top5: 0, loss: 1 }) as const;
      file.append(row(1));
      const write = fs.writeSync;
      let room = 10;
      fs.writeSync = ((...[fd, bytes, at]: [number, Buffer, number]) => {
        if (room === 0) throw Object.assign(new Error(`${code}: no`), { code });
        const some = Math.min(room, bytes.byteLength - at);
        room -= some;
        return write(fd, bytes, at, some);
      }) as typeof fs.writeSync;
      syncBuiltinESMExports();
      try {
        file.append(row(2));
        file.append(row(3));
        expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(row(1))}\n`);
        expect(() => file.flush()).toThrow(/metrics\.jsonl: 2 rows of the metrics cannot be written/);
      } finally {
        fs.writeSync = write;
        syncBuiltinESMExports();
      }
      file.append(row(4));
      file.close();
      const lines = [1, 2, 3, 4].map((step) => `${JSON.stringify(row(step))}\n`);
      expect(readFileSync(path, 'utf8')).toBe(lines.join(''));
      expect(heard).toEqual([`paused: ${code}: no`, 'resumed: 3']);
    },
  );

  it('names the file when it cannot be written', () => {
    expect(() => new MetricsFile(join(folder, 'missing', 'metrics.jsonl'), 0)).toThrow(
      /metrics\.jsonl: the metrics cannot be written/,
    );
  });
});
