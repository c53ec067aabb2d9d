import { z } from 'zod';
import { brokenCheckpoint } from '../errors.js';
import { arrayTypeOf, elementsOf, isDtype, type SafeTensor } from './tensor.js';

/** The limit of the reference implementation. */
const maximalHeaderBytes = 100_000_000;

const size = z.int().min(0);
const entrySchema = z.strictObject({ dtype: z.string(), shape: z.array(size), data_offsets: z.tuple([size, size]) });

interface Extent {
  readonly tensor: SafeTensor;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a safetensors file, in the order of its data. Strict: the tensors must fill the file without gaps or overlaps.
 * The tensors are views of `bytes` where its alignment allows. Throws a ConfigurationError that names `file`.
 */
export function decodeSafetensors(bytes: Uint8Array, file = 'safetensors'): SafeTensor[] {
  const { header, dataStart } = readHeader(bytes, file);
  const data = bytes.subarray(dataStart);
  const extents: Extent[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    extents.push(readEntry(name, entry, data, file));
  }
  extents.sort((a, b) => a.start - b.start || a.end - b.end);
  let position = 0;
  for (const { tensor, start, end } of extents) {
    if (start !== position)
      throw brokenCheckpoint(
        file,
        `tensor ${tensor.name} starts at byte ${start} of the data`,
        `byte ${position}, without gap or overlap`,
      );
    position = end;
  }
  if (position !== data.byteLength)
    throw brokenCheckpoint(
      file,
      `the file has ${data.byteLength} bytes of data`,
      `${position} bytes, where its last tensor ends`,
    );
  return extents.map(({ tensor }) => tensor);
}

function readHeader(bytes: Uint8Array, file: string): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.byteLength < 8)
    throw brokenCheckpoint(file, `the file has ${bytes.byteLength} bytes`, 'a header length of 8 bytes');
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > maximalHeaderBytes || length > bytes.byteLength - 8)
    throw brokenCheckpoint(
      file,
      `the header says it has ${length} bytes`,
      `at most the ${bytes.byteLength - 8} that follow`,
    );
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch (cause) {
    throw brokenCheckpoint(file, 'the header is not JSON', 'a JSON object in UTF-8', cause);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw brokenCheckpoint(file, 'the header is not a JSON object', 'tensor names and their types, shapes and offsets');
  return { header: header as Record<string, unknown>, dataStart: 8 + length };
}

function readEntry(name: string, entry: unknown, data: Uint8Array, file: string): Extent {
  const checked = entrySchema.safeParse(entry);
  if (!checked.success)
    throw brokenCheckpoint(
      file,
      `the entry of tensor ${name} is ${JSON.stringify(entry)}`,
      'dtype, shape and data_offsets',
    );
  const { dtype, shape, data_offsets } = checked.data;
  const [start, end] = data_offsets;
  if (!isDtype(dtype)) throw brokenCheckpoint(file, `tensor ${name} is of type ${dtype}`, 'F32, I32 or I64');
  const arrayType = arrayTypeOf(dtype);
  const wanted = elementsOf(shape) * arrayType.BYTES_PER_ELEMENT;
  if (end - start !== wanted)
    throw brokenCheckpoint(
      file,
      `tensor ${name} has ${end - start} bytes`,
      `${wanted} for ${dtype} [${shape.join(', ')}]`,
    );
  if (end > data.byteLength)
    throw brokenCheckpoint(
      file,
      `tensor ${name} ends at byte ${end} of the data`,
      `at most ${data.byteLength}: the file is cut short`,
    );
  const raw = data.subarray(start, end);
  const aligned = raw.byteOffset % arrayType.BYTES_PER_ELEMENT === 0 ? raw : new Uint8Array(raw);
  const values = new arrayType(aligned.buffer as ArrayBuffer, aligned.byteOffset, wanted / arrayType.BYTES_PER_ELEMENT);
  return { tensor: { name, dtype, shape, data: values }, start, end };
}
