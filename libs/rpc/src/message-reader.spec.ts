import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameMessage } from './message-framing.js';
import { MessageReader } from './message-reader.js';

function read(bytes: Uint8Array, pieceBytes: number): string[] {
  const messages: string[] = [];
  const reader = new MessageReader((message) => messages.push(message.toString('hex')));
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.read(bytes.subarray(at, at + pieceBytes));
  return messages;
}

describe('MessageReader', () => {
  it('puts messages together from pieces of any size', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 })),
        fc.integer({ min: 1, max: 50 }),
        (messages, pieceBytes) => {
          const bytes = Buffer.concat(messages.flatMap((message) => frameMessage(message)));
          expect(read(bytes, pieceBytes)).toEqual(messages.map((message) => Buffer.from(message).toString('hex')));
        },
      ),
    );
  });

  it('refuses what is compressed and what is too large, before it comes', () => {
    expect(() => read(Buffer.from([1, 0, 0, 0, 1]), 5)).toThrow('it sent a compressed message');
    expect(() => read(Buffer.from([0, 0xff, 0, 0, 0]), 1)).toThrow('it sent a message of 4278190080 bytes, at most');
  });
});
