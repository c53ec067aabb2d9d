import { PassThrough } from 'node:stream';
import { afterEach, expect, it, vi } from 'vitest';
import { endWithReader } from './closed-output.js';

afterEach(() => vi.restoreAllMocks());

function fail(command: string | undefined, code: string) {
  vi.restoreAllMocks();
  const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
  const output = new PassThrough() as unknown as NodeJS.WriteStream;
  endWithReader(command, output);
  output.emit('error', Object.assign(new Error(code), { code }));
  return exit;
}

it('ends a command whose reader has gone, but none that trains', () => {
  expect(fail('logs', 'EPIPE')).toHaveBeenCalledOnce();
  for (const command of ['run', 'coordinator', 'worker']) expect(fail(command, 'EPIPE')).not.toHaveBeenCalled();
  expect(() => fail('logs', 'EIO')).toThrow('EIO');
});
