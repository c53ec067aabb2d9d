import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder, writeTo } from '../../testing/fixtures.js';
import { cachedIndex } from './cached-index.js';

const root = temporaryFolder();
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('cachedIndex', () => {
  const archive = join(root, 'a.tar');
  const folder = join(root, 'cache/tar-indexes');
  let made = 0;
  const index = (rule = 'x, 1') => cachedIndex(archive, rule, () => Promise.resolve({ made: ++made }));
  beforeEach(() => {
    vi.stubEnv('TANDEM_CACHE', join(root, 'cache'));
    writeTo(archive, 'abc');
  });

  it('is made once, until the archive’s size or time or the rule change', async () => {
    utimesSync(archive, 1, 1);
    const first = await index();
    expect(await index()).toEqual(first);
    expect(await index('x, 2')).toEqual({ made: first.made + 1 });
    utimesSync(archive, 1, 2);
    expect(await index()).toEqual({ made: first.made + 2 });
    writeFileSync(archive, 'abcd');
    utimesSync(archive, 1, 2);
    expect(await index()).toEqual({ made: first.made + 3 });
  });

  it.each(['', '{', 'e3b0\n{"made":99}', '{"made":99}'])('is made again where its file is broken: %j', async (text) => {
    utimesSync(archive, 1, 1);
    await index();
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), text);
    const before = made;
    expect(await index()).toEqual({ made: before + 1 });
    expect(await index()).toEqual({ made: before + 1 });
  });

  it('is done without where it cannot be written', async () => {
    vi.stubEnv('TANDEM_CACHE', archive);
    const before = made;
    expect(await index()).toEqual({ made: before + 1 });
  });
});
