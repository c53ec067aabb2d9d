import { crc32c } from '@node-rs/crc32';

const LENGTH_BYTES = 8;
const CRC_BYTES = 4;
/** So that a checksum of data with checksums in it is none of them. */
const MASK_DELTA = 0xa282ead8;

/** A TFRecord: the length in 8 bytes, its masked CRC-32C, the data, its masked CRC-32C; all little-endian. */
export function tfRecord(data: Uint8Array): Buffer {
  const record = Buffer.alloc(LENGTH_BYTES + CRC_BYTES + data.length + CRC_BYTES);
  record.writeBigUInt64LE(BigInt(data.length));
  record.writeUInt32LE(maskedCrc(record.subarray(0, LENGTH_BYTES)), LENGTH_BYTES);
  record.set(data, LENGTH_BYTES + CRC_BYTES);
  record.writeUInt32LE(maskedCrc(data), LENGTH_BYTES + CRC_BYTES + data.length);
  return record;
}

/** The checksum turned right by 15 bits, plus a constant. */
export function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}
