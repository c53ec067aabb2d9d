/** What the segments before a JPEG's first scan say. */
export interface JpegHeader {
  /** As stored, before the orientation is applied. */
  readonly width: number;
  readonly height: number;
  /** Baseline, extended or progressive with Huffman codes, of 8 bits, grey or of three channels: what libjpeg-turbo decodes to sRGB unaided. */
  readonly isPlain: boolean;
}

const SOI = 0xffd8;
const SOS = 0xda;
const APP1 = 0xe1;
const APP2 = 0xe2;
/** SOF0 … SOF2; the other frames are lossless, hierarchical or arithmetic. */
const HUFFMAN_FRAMES = [0xc0, 0xc1, 0xc2];
/** In the range of frames, but none: DHT, JPG, DAC. */
const NO_FRAMES = [0xc4, 0xc8, 0xcc];
const UPRIGHT = 1;

/** Reads the segments up to the first scan (ITU-T T.81, annex B); undefined of what is no JPEG or is cut or broken before it. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== SOI) return undefined;
  let size: { width: number; height: number } | undefined;
  let isPlain = true;
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    // Fill bytes may precede a marker.
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === SOS) return size && { ...size, isPlain };
    const length = view.getUint16(at + 2);
    const end = at + 2 + length;
    if (length < 2 || end > bytes.length) return undefined;
    const body = new DataView(view.buffer, view.byteOffset + at + 4, length - 2);
    if (marker >= 0xc0 && marker <= 0xcf && !NO_FRAMES.includes(marker)) {
      if (body.byteLength < 6) return undefined;
      size = { height: body.getUint16(1), width: body.getUint16(3) };
      const channels = body.getUint8(5);
      isPlain &&= HUFFMAN_FRAMES.includes(marker) && body.getUint8(0) === 8 && (channels === 1 || channels === 3);
      // A height of 0 is given after the first scan (DNL).
      isPlain &&= size.height > 0 && size.width > 0;
    } else if (marker === APP1 && startsWith(body, 'Exif\0\0')) isPlain &&= exifOrientation(body, 6) === UPRIGHT;
    else if (marker === APP2 && startsWith(body, 'ICC_PROFILE\0')) isPlain = false;
    at = end;
  }
  return undefined;
}

function startsWith(body: DataView, text: string): boolean {
  return (
    body.byteLength >= text.length && [...text].every((character, at) => body.getUint8(at) === character.charCodeAt(0))
  );
}

const ORIENTATION = 0x0112;
const SHORT = 3;

/** The orientation tag of the first directory of a TIFF header at `start`: 1 where it is absent, undefined where that cannot be told. */
function exifOrientation(body: DataView, start: number): number | undefined {
  try {
    const order = body.getUint16(start);
    if (order !== 0x4949 && order !== 0x4d4d) return undefined;
    const little = order === 0x4949;
    const directory = start + body.getUint32(start + 4, little);
    const entries = body.getUint16(directory, little);
    for (let entry = 0; entry < entries; entry++) {
      const at = directory + 2 + 12 * entry;
      if (body.getUint16(at, little) !== ORIENTATION) continue;
      return body.getUint16(at + 2, little) === SHORT ? body.getUint16(at + 8, little) : undefined;
    }
    return UPRIGHT;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
