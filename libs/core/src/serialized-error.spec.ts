import { describe, expect, it } from 'vitest';
import { ConfigurationError, exitCodeOf, InvariantError, RunError } from './errors.js';
import { deserializeError, serializeError } from './serialized-error.js';

const crossed = (thrown: unknown) => deserializeError(structuredClone(serializeError(thrown)));

describe('serializeError and deserializeError', () => {
  it.each([
    [ConfigurationError, 2],
    [RunError, 1],
    [InvariantError, 1],
  ])('bring a TandemError over whole: %o', (constructor, exitCode) => {
    const error = new constructor({
      code: 'TANDEM_DATA_IMAGE',
      what: 'the image is broken',
      where: 'a.jpg',
      expected: 'a JPEG',
      remedy: 'Replace it.',
      context: { index: 3, sizes: [1, 2], handle: 10n },
      cause: new TypeError('inner', { cause: new Error('innermost') }),
    });
    const twin = crossed(error);
    expect(twin).toBeInstanceOf(constructor);
    expect(twin).toMatchObject({
      name: error.name,
      message: 'a.jpg: the image is broken. Expected a JPEG. Replace it.',
      code: 'TANDEM_DATA_IMAGE',
      where: 'a.jpg',
      context: { index: 3, sizes: [1, 2], handle: '10' },
      stack: error.stack,
      cause: { name: 'TypeError', message: 'inner', cause: { message: 'innermost' } },
    });
    expect(exitCodeOf(twin)).toBe(exitCode);
  });

  it('take any error and anything thrown', () => {
    expect(crossed(new RangeError('far'))).toMatchObject({ name: 'RangeError', message: 'far' });
    expect(crossed('a string')).toMatchObject({ name: 'Error', message: 'a string' });
  });
});
