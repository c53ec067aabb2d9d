import { join } from 'node:path';
import { ConfigurationError } from '@tandem/core';
import { describe, expect, it } from 'vitest';
import { pattern, temporaryFolder, writeTo } from '../../testing/fixtures.js';
import { gnuLongName, paxLongName, tarEntry, tarOf } from '../../testing/tar-fixtures.js';
import { withReader } from './indexed-tar.js';
import { listTar } from './list-tar.js';

const root = temporaryFolder();
const END = Buffer.alloc(1024);
let files = 0;
const list = (bytes: Uint8Array) => withReader(writeTo(join(root, `${++files}.tar`), bytes), listTar);

/** Names with the bytes that lie at their places. */
async function contents(bytes: Buffer): Promise<[string, string][]> {
  const { members } = await list(bytes);
  return members.map(({ name, offset, size }) => [name, bytes.toString('utf8', offset, offset + size)]);
}

describe('listTar', () => {
  it('finds the files of an archive and where their bytes are, over more than one read', async () => {
    const large = Buffer.from(pattern(20_000));
    const bytes = tarOf([
      { name: 'dir/', type: 'Directory' },
      { name: './dir/a.jpg', data: 'first' },
      { name: 'empty', data: '' },
      { name: 'large', data: large },
      { name: 'block', data: 'x'.repeat(512) },
      { name: 'link', type: 'SymbolicLink' },
      { name: 'last', data: 'end' },
    ]);
    const { members, ignored } = await list(bytes);
    expect(members.map(({ name, size }) => [name, size])).toEqual([
      ['dir/a.jpg', 5],
      ['empty', 0],
      ['large', 20_000],
      ['block', 512],
      ['last', 3],
    ]);
    expect(ignored).toBe(1);
    const { offset } = members[2]!;
    expect(bytes.subarray(offset, offset + 20_000).equals(large)).toBe(true);
    expect((await contents(bytes)).at(-1)).toEqual(['last', 'end']);
  });

  it.each([
    ['GNU’s', gnuLongName],
    ['pax’s', paxLongName],
  ])('knows %s long names', async (_, write) => {
    const name = `${'folder/'.repeat(40)}ünï.jpg`;
    expect(await contents(Buffer.concat([write(name, 'data'), tarEntry({ name: 'short', data: 'b' }), END]))).toEqual([
      [name, 'data'],
      ['short', 'b'],
    ]);
  });

  it('knows the prefix of ustar', async () => {
    const name = `${'a'.repeat(90)}/${'b'.repeat(60)}`;
    expect(await contents(tarOf([{ name, data: 'data' }]))).toEqual([[name, 'data']]);
  });

  it('is content with an empty archive', async () => {
    expect(await list(END)).toEqual({ members: [], ignored: 0 });
  });

  const whole = tarOf([
    { name: 'a', data: 'x'.repeat(700) },
    { name: 'b', data: 'y' },
  ]);
  const spoiled = Buffer.from(whole);
  spoiled[1536 + 3] = 1;
  it.each([
    ['text', Buffer.from('this is no archive'), /it is no tar archive \(at byte 0\)/],
    ['a longer text', Buffer.alloc(2000, 'text'), /it is no tar archive \(at byte 0\)/],
    ['an empty file', Buffer.alloc(0), /it is no tar archive/],
    ['a gzipped one', Buffer.from([0x1f, 0x8b, ...new Array<number>(600).fill(7)]), /it is gzipped/],
    ['one cut in a file', whole.subarray(0, 1000), /it is cut: a would end at byte 1212 of 1000 \(at byte 0\)/],
    ['one cut between files', whole.subarray(0, 1536), /the end of the archive is missing \(at byte 1536\)/],
    ['one with a broken header', spoiled, /the header’s checksum does not fit \(at byte 1536\)/],
  ])('refuses %s', async (_, bytes, message) => {
    const error = await list(bytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error).toMatchObject({ code: 'TANDEM_DATA_TAR', exitCode: 2 });
    expect((error as Error).message).toMatch(message);
  });

  it('refuses files that are stored sparse', async () => {
    const body = '22 GNU.sparse.major=1\n';
    const pax = tarEntry({ name: 'PaxHeader/a', data: body, type: 'ExtendedHeader' });
    await expect(list(Buffer.concat([pax, tarEntry({ name: 'a', data: 'x' }), END]))).rejects.toThrow(/stored sparse/);
  });

  it('names an archive that is not there', async () => {
    await expect(withReader(join(root, 'absent.tar'), listTar)).rejects.toMatchObject({
      code: 'TANDEM_DATA_UNREADABLE',
      where: join(root, 'absent.tar'),
    });
  });
});
