import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jpeg } from '../../testing/fixtures.js';
import { readJpegHeader } from './jpeg-header.js';

const segment = (marker: number, ...body: (number | string)[]) => {
  const bytes = body.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : [part]));
  return [0xff, marker, (bytes.length + 2) >> 8, (bytes.length + 2) & 255, ...bytes];
};
const frame = (marker: number, bits: number, channels: number) =>
  segment(marker, bits, 0, 30, 1, 0, channels, ...new Array<number>(3 * channels).fill(1));
const scan = segment(0xda, 1, 1, 0, 0, 63, 0);
const file = (...segments: number[][]) => Uint8Array.from([0xff, 0xd8, ...segments.flat(), ...scan]);
const sof0 = frame(0xc0, 8, 3);
const little = (orientation: number, type = 3) =>
  segment(0xe1, 'Exif\0\0II*\0', 8, 0, 0, 0, 1, 0, 0x12, 1, type, 0, 1, 0, 0, 0, orientation, 0, 0, 0);
const big = (orientation: number) =>
  segment(0xe1, 'Exif\0\0MM\0*', 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0);

describe('readJpegHeader', () => {
  it.each([
    ['baseline', file(sof0), true],
    ['extended', file(frame(0xc1, 8, 3)), true],
    ['progressive', file(frame(0xc2, 8, 3)), true],
    ['grey', file(frame(0xc0, 8, 1)), true],
    ['four channels', file(frame(0xc0, 8, 4)), false],
    ['12 bits', file(frame(0xc1, 12, 3)), false],
    ['lossless', file(frame(0xc3, 8, 3)), false],
    ['arithmetic', file(frame(0xc9, 8, 3)), false],
    ['tables before its frame', file(segment(0xc4, 0, 1, 2), sof0), true],
    ['fill bytes', file([0xff, 0xff], segment(0xfe, 'a comment'), sof0), true],
    ['upright', file(little(1), sof0), true],
    ['rotated, little-endian', file(little(6), sof0), false],
    ['rotated, big-endian', file(big(3), sof0), false],
    ['upright, big-endian', file(big(1), sof0), true],
    ['rotated, said after its frame', file(sof0, little(8)), false],
    ['an orientation of another type', file(little(1, 4), sof0), false],
    ['EXIF that is no TIFF', file(segment(0xe1, 'Exif\0\0nonsense'), sof0), false],
    ['EXIF that is cut', file(segment(0xe1, 'Exif\0\0II*\0', 8, 0, 0, 0, 9, 0), sof0), false],
    ['XMP', file(segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0'), sof0), true],
    ['a profile', file(segment(0xe2, 'ICC_PROFILE\0', 1, 1), sof0), false],
  ])('tells what is plain: %s', (_, bytes, isPlain) => {
    expect(readJpegHeader(bytes)).toEqual({ width: 256, height: 30, isPlain });
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['no JPEG', Buffer.from('\x89PNG\r\n\x1a\n')],
    ['no frame', file()],
    ['no scan', Uint8Array.from([0xff, 0xd8, ...sof0])],
    ['a frame that is cut', file(segment(0xc0, 8, 0, 30))],
    ['a segment that goes beyond the end', Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff, 1, 2])],
    ['bytes between segments', file([1, 2, 3, 4], sof0)],
  ])('makes nothing of %s', (_, bytes) => {
    expect(readJpegHeader(bytes)).toBeUndefined();
  });

  it('never throws and never goes on without end', async () => {
    const whole = await jpeg(40, 30);
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(700), fc.nat(255), (length, at, value) => {
        const broken = Buffer.from(whole.subarray(0, length));
        if (at < length) broken[at] = value;
        readJpegHeader(broken);
      }),
    );
  });
});
