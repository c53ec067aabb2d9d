import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.js';
import { Terminal, type TerminalStream } from './terminal.js';

function screen(isTTY: boolean): { stream: TerminalStream; written: string[] } {
  const written: string[] = [];
  const write = (text: string) => written.push(text) > 0;
  return { stream: { write: write as TerminalStream['write'], isTTY, columns: 40, hasColors: () => true }, written };
}

describe('Terminal', () => {
  it('draws the progress again below a line that was written', () => {
    const { stream, written } = screen(true);
    const terminal = new Terminal(stream);
    terminal.showProgress('step 1');
    terminal.writeLine('a line');
    expect(stripVTControlCharacters(written.join(''))).toMatch(/step 1\n[^]*a line\nstep 1/);
    terminal.close();
    terminal.writeLine('the end');
    expect(written.at(-1)).toBe('the end\n');
  });

  it('cuts the progress to one line', () => {
    const { stream, written } = screen(true);
    new Terminal(stream).showProgress('x'.repeat(100));
    expect(stripVTControlCharacters(written.join('')).trim()).toBe('x'.repeat(39));
  });

  it('shows no progress and no colours where there is no TTY', () => {
    const { stream, written } = screen(false);
    const terminal = new Terminal(stream);
    terminal.showProgress('step 1');
    terminal.close();
    expect(written).toEqual([]);
    expect(terminal.hasColours).toBe(false);
  });
});

describe('createLogger', () => {
  it('writes readable lines to the terminal and JSON to the file at once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tandem-log-'));
    try {
      const { stream, written } = screen(false);
      const file = join(folder, 'logs', 'worker-0.jsonl');
      const logger = createLogger({ name: 'worker-0', file, level: 'info', terminal: new Terminal(stream) });
      logger.debug({ event: 'step' }, 'unseen');
      logger.info({ event: 'step', step: 3 }, 'step 3 done');
      expect(written).toHaveLength(1);
      expect(written[0]).toMatch(/^\[\d\d:\d\d:\d\d\] INFO \(worker-0\): step 3 done\n$/);
      const lines = (await readFile(file, 'utf8')).trim().split('\n');
      expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
        { name: 'worker-0', level: 30, step: 3, msg: 'step 3 done' },
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('gives no secret away, wherever in a line somebody puts one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tandem-log-'));
    try {
      const file = join(folder, 'log.jsonl');
      const logger = createLogger({ name: 'coordinator', file, level: 'info' });
      logger.info({ event: 'run.notice', token: 'hush', call: { authorization: 'Bearer hush' } }, 'a call came');
      logger.info({ event: 'run.notice', options: { security: { token: 'hush', tls: { key: 'hush' } } } }, 'options');
      const text = await readFile(file, 'utf8');
      expect(text).not.toContain('hush');
      expect(text).toContain('[Redacted]');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('goes on where the disk that its output goes to is full, or its reader is gone, and only there', () => {
    const failing = (code: string) => ({
      write: () => {
        throw Object.assign(new Error(code), { code });
      },
    });
    expect(() => new Terminal(failing('ENOSPC')).writeLine('lost')).not.toThrow();
    expect(() => new Terminal(failing('EPIPE')).writeLine('lost')).not.toThrow();
    expect(() => new Terminal(failing('EBADF')).writeLine('lost')).toThrow('EBADF');
  });
});
