import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadTensorFlow } from './load-tensorflow.js';

afterEach(() => vi.unstubAllEnvs());

describe('loadTensorFlow', () => {
  it('says how to set it up where it is not', () => {
    vi.stubEnv('TANDEM_CACHE', join(tmpdir(), 'tandem-no-such-cache'));
    expect(() => loadTensorFlow({ threads: 1, device: 'cpu' })).toThrow(
      expect.objectContaining({
        code: 'TANDEM_RUNTIME_MISSING',
        exitCode: 2,
        message: expect.stringContaining('tandem setup') as string,
      }) as Error,
    );
  });

  it('loads once, computes, and cannot change its settings', () => {
    const tf = loadTensorFlow({ threads: 1, device: 'cpu' });
    expect([...tf.matMul(tf.ones([1, 3]), tf.ones([3, 2])).dataSync()]).toEqual([3, 3]);
    expect(process.env['TF_NUM_INTRAOP_THREADS']).toBe('1');
    expect(loadTensorFlow({ device: 'cpu', threads: 1, verbose: false })).toBe(tf);
    expect(() => loadTensorFlow({ threads: 2, device: 'cpu' })).toThrow(
      expect.objectContaining({ code: 'TANDEM_RUNTIME_LOADED' }) as Error,
    );
  });

  it.each([
    [false, /^$/],
    [true, /oneDNN custom operations are on/],
  ])('keeps the chatter of the native library from the terminal unless asked (verbose: %s)', (verbose, stderr) => {
    const program = `
      import { loadTensorFlow } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
      const tf = loadTensorFlow({ threads: 1, device: 'cpu', verbose: ${verbose} });
      const image = tf.ones([1, 8, 8, 1]);
      tf.grad((x) => tf.maxPool(tf.conv2d(x, tf.ones([3, 3, 1, 4]), 1, 'same'), 2, 2, 'valid').mean())(image).dataSync();
      tf.topk(tf.ones([2, 3]), 1).values.dataSync();
    `;
    const { TF_CPP_MIN_LOG_LEVEL: _, ...environment } = process.env;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      env: environment,
    });
    expect(child.status).toBe(0);
    expect(child.stdout).toBe('');
    expect(child.stderr).toMatch(stderr);
  });
});
