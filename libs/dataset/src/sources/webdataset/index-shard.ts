import { posix } from 'node:path';
import { ConfigurationError } from '@tandem/core';
import type { StoredImage } from '../stored-images.js';
import { listTar, type TarMember } from '../tar/list-tar.js';
import type { PositionalReader } from '../tar/positional-reader.js';

const IMAGE = /^(jpe?g|png)$/;
const MAX_LABEL = 99_999;
const MAX_LABEL_BYTES = 1024 * 1024;

export interface ShardIndex {
  readonly images: readonly StoredImage[];
  readonly ignored: number;
}

interface Sample {
  image?: TarMember;
  cls?: TarMember;
  json?: TarMember;
}

/**
 * The samples of a shard in their order: members of one key (the name up to its first dot) belong together, an image (`jpg`,
 * `jpeg` or `png`) and its label (`cls`, or `json` with "label"). Others are counted. Throws a ConfigurationError that names
 * the shard and the sample: `TANDEM_DATA_SHARD`.
 */
export async function indexShard(reader: PositionalReader): Promise<ShardIndex> {
  const listing = await listTar(reader);
  const samples = new Map<string, Sample>();
  let { ignored } = listing;
  for (const member of listing.members) {
    const part = partOf(member.name);
    if (part === undefined) {
      ignored++;
      continue;
    }
    const sample = samples.get(part.key) ?? {};
    if (sample[part.kind] !== undefined) throw wrong(reader, part.key, `has more than one ${part.kind}`);
    sample[part.kind] = member;
    samples.set(part.key, sample);
  }
  const images: StoredImage[] = [];
  for (const [key, { image, cls, json }] of samples) {
    if (image === undefined) {
      // A json on its own describes something else; a class is of an image.
      if (cls !== undefined) throw wrong(reader, key, 'has a label and no image');
      ignored++;
      continue;
    }
    const label =
      cls !== undefined
        ? classLabel(reader, key, await labelText(reader, key, cls))
        : json !== undefined
          ? jsonLabel(reader, key, await labelText(reader, key, json))
          : undefined;
    if (label === undefined) throw wrong(reader, key, 'has an image and no label');
    images.push({ name: image.name, label, offset: image.offset, size: image.size });
  }
  if (images.length === 0)
    throw new ConfigurationError({
      code: 'TANDEM_DATA_SHARD',
      what: `the shard has no samples among its ${listing.members.length} members`,
      where: reader.path,
      expected: EXPECTED,
    });
  return { images, ignored };
}

const EXPECTED = 'KEY.jpg or KEY.png with KEY.cls, or KEY.json with a "label"';

function partOf(name: string): { key: string; kind: keyof Sample } | undefined {
  const base = posix.basename(name);
  const dot = base.indexOf('.');
  // A dot at the start: what macOS adds to archives.
  if (dot <= 0) return undefined;
  const key = name.slice(0, name.length - base.length + dot);
  const extension = base.slice(dot + 1).toLowerCase();
  if (IMAGE.test(extension)) return { key, kind: 'image' };
  return extension === 'cls' || extension === 'json' ? { key, kind: extension } : undefined;
}

async function labelText(reader: PositionalReader, key: string, { offset, size, name }: TarMember): Promise<string> {
  if (size > MAX_LABEL_BYTES) throw wrong(reader, key, `has ${size} bytes in ${name}`);
  return (await reader.read(offset, size)).toString();
}

function classLabel(reader: PositionalReader, key: string, text: string): number {
  const label = /^\d+$/.test(text.trim()) ? Number(text) : NaN;
  return checked(reader, key, label, `"${text.trim().slice(0, 40)}" in its cls`);
}

function jsonLabel(reader: PositionalReader, key: string, text: string): number {
  let label: unknown;
  try {
    label = (JSON.parse(text) as { label?: unknown } | null)?.label;
  } catch {
    throw wrong(reader, key, 'has a json that is none');
  }
  return checked(reader, key, label, `the label ${JSON.stringify(label) ?? 'missing'} in its json`);
}

function checked(reader: PositionalReader, key: string, label: unknown, got: string): number {
  if (typeof label === 'number' && Number.isInteger(label) && label >= 0 && label <= MAX_LABEL) return label;
  throw wrong(reader, key, `has ${got}, not a whole number from 0 to ${MAX_LABEL}`);
}

function wrong({ path }: PositionalReader, key: string, what: string): ConfigurationError {
  return new ConfigurationError({
    code: 'TANDEM_DATA_SHARD',
    what: `sample ${key} ${what}`,
    where: path,
    expected: EXPECTED,
    remedy: 'Make the shard again, or leave it out.',
    context: { key },
  });
}
