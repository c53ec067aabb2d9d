import { expect, it } from 'vitest';
import { readInPieces } from './read-in-pieces.js';
import { operations, tf } from './testing/rows.js';

it.each([[1], [1024 * 1024], [1024 * 1024 + 1], [3 * 1024 * 1024 + 77]])('gives %i values, bit for bit', (length) => {
  const values = Float32Array.from({ length }, (_, index) => (index % 3 === 0 ? -0 : index / 7));
  const tensor = operations.fromFloat32(values, [1, length]);
  const target = new Float32Array(new SharedArrayBuffer(4 * length + 8), 4, length);
  const before = tf.memory().numTensors;
  readInPieces(operations, tensor, (piece, start) => {
    target.set(piece, start);
  });
  expect(tf.memory().numTensors).toBe(before);
  tensor.dispose();
  expect(Buffer.compare(Buffer.from(target.buffer, 4, 4 * length), Buffer.from(values.buffer))).toBe(0);
});
