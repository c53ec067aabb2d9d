import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '@tandem/core/config';
import { loadNetwork } from './load-network.js';
import { moduleDigest } from './module-digest.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tandem-own-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const good = `import { units } from './units.js';
export default ({ LayerStack, constant }, { inputSize, channels, classes, options }) =>
  new LayerStack([inputSize, inputSize, channels], { activation: 'relu', kernelInit: constant.bind(null, 0.1) })
    .flatten().dense('a', { units: options.units ?? units, biasInit: constant(0) })
    .dense('b', { units: classes, biasInit: constant(0), activation: 'none' }).build();`;
const unitsFile = 'export const units = 3;';

const load = (module: string, modules?: string, options = '{}') =>
  loadNetwork(
    parseConfig(
      `model: { name: module, inputSize: 4, module: '${module}', options: ${options} }\ndata: { format: idx, train: d }`,
    ).model,
    { classes: 2, channels: 1 },
    modules === undefined ? undefined : join(folder, modules),
  );

describe('loadNetwork', () => {
  it('builds what the module says, by path or by package, with the options of the configuration', async () => {
    write('here/net.mjs', good);
    write('here/units.js', unitsFile);
    write('here/node_modules/nets/package.json', '{"name":"nets","version":"1.0.0","exports":"./net.mjs"}');
    write('here/node_modules/nets/net.mjs', good);
    write('here/node_modules/nets/units.js', unitsFile);
    const { network, digest } = await load('./net.mjs', 'here');
    expect(network.parameters.map(({ shape }) => shape)).toEqual([[16, 3], [3], [3, 2], [2]]);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect((await load('nets', 'here', '{ units: 5 }')).network.parameters[0]!.shape).toEqual([16, 5]);
  });

  it('has no digest for a network of Tandem’s own', async () => {
    const { model } = parseConfig('model: { name: small }\ndata: { format: idx, train: d }');
    expect((await loadNetwork(model, { classes: 2, channels: 1 }, undefined)).digest).toBe('');
  });

  it.each([
    ['a module that nobody allowed', './net.mjs', undefined, 'TANDEM_MODEL_REFUSED', /nobody here has allowed/],
    ['a way out of the folder', '../elsewhere/net.mjs', 'here', 'TANDEM_MODEL_REFUSED', /which is not in/],
    ['a link out of the folder', './link.mjs', 'here', 'TANDEM_MODEL_REFUSED', /which is not in/],
    ['a file that is not there', './none.mjs', 'here', 'TANDEM_MODEL_MODULE', /there is no such module/],
    ['a package that is not there', 'none', 'here', 'TANDEM_MODEL_MODULE', /there is no such module/],
    ['code that is none', './bad.mjs', 'here', 'TANDEM_MODEL_MODULE', /cannot be loaded/],
    ['a function that fails', './throws.mjs', 'here', 'TANDEM_MODEL_MODULE', /no layers today/],
    ['no function', './nothing.mjs', 'here', 'TANDEM_MODEL_MODULE', /no default export/],
    ['no network', './object.mjs', 'here', 'TANDEM_MODEL_NETWORK', /gave no network/],
    ['another input', './input.mjs', 'here', 'TANDEM_MODEL_NETWORK', /input is \[9\].* Expected \[4, 4, 1\]/],
    ['another output', './output.mjs', 'here', 'TANDEM_MODEL_NETWORK', /gives \[16\].* Expected \[2\]/],
    ['equal names', './names.mjs', 'here', 'TANDEM_MODEL_NETWORK', /two of its parameters are called a\/bias/],
    ['a matrix without factors', './matrix.mjs', 'here', 'TANDEM_MODEL_NETWORK', /m\/kernel of layer m/],
  ])('refuses %s by name', async (_, module, modules, code, message) => {
    const stack = (input: string, layers: string) =>
      `export default ({ LayerStack, constant }) => new LayerStack(${input}, { activation: 'none', kernelInit: () => constant(0) })${layers}.build();`;
    write('here/net.mjs', good);
    write('elsewhere/net.mjs', good);
    rmSync(join(folder, 'here/link.mjs'), { force: true });
    symlinkSync(join(folder, 'elsewhere/net.mjs'), join(folder, 'here/link.mjs'));
    write('here/bad.mjs', 'export default (');
    write('here/throws.mjs', "export default () => { throw new Error('no layers today'); };");
    write('here/nothing.mjs', 'export const network = 1;');
    write('here/object.mjs', 'export default () => ({});');
    write('here/input.mjs', stack('[9]', ''));
    write('here/output.mjs', stack('[4, 4, 1]', '.flatten()'));
    write(
      'here/names.mjs',
      stack(
        '[4, 4, 1]',
        ".flatten().dense('b', { units: 2, biasInit: constant(0) }).layer(() => ({ name: 'a', outputShape: [2], description: { kind: 'own' }, parameters: [1, 2].map(() => ({ name: 'a/bias', shape: [2], initialiser: constant(0) })) }))",
      ),
    );
    write(
      'here/matrix.mjs',
      stack(
        '[4, 4, 1]',
        ".layer(() => ({ name: 'm', outputShape: [2], description: { kind: 'own' }, parameters: [{ name: 'm/kernel', shape: [2, 2], initialiser: constant(0) }] }))",
      ),
    );
    await expect(load(module, modules)).rejects.toThrow(message);
    await expect(load(module, modules)).rejects.toThrow(expect.objectContaining({ code, exitCode: 2 }) as Error);
  });
});

describe('moduleDigest', () => {
  it('is of all files that are imported, wherever they lie, and of the versions of packages', async () => {
    const library = (version: string) => {
      write('copy/node_modules/library/package.json', `{"name":"library","version":"${version}","exports":"./i.js"}`);
      write('copy/node_modules/library/i.js', 'export default 1;');
    };
    const code = (deep: string, comment = '') => {
      write(
        'copy/net.mjs',
        `import './deep/a.js'; import 'library'; import 'node:fs'; import '@tandem/none';${comment}`,
      );
      write('copy/deep/a.js', "export { b } from './b.js'; await import('./data.json', { with: { type: 'json' } });");
      write('copy/deep/b.js', `import './a.js'; export const b = ${deep};`);
      write('copy/deep/data.json', '{}');
      write('copy/deep/unrelated.js', deep);
      return moduleDigest(join(folder, 'copy/net.mjs'));
    };
    library('1.0.0');
    const digest = await code('1');
    expect(await code('2')).not.toBe(digest);
    expect(await code('1', ' // changed')).not.toBe(digest);
    library('1.0.1');
    expect(await code('1')).not.toBe(digest);
    library('1.0.0');
    write('copy/deep/unrelated.js', 'other');
    expect(await code('1')).toBe(digest);
    write('copy/deep/data.json', '[]');
    expect(await moduleDigest(join(folder, 'copy/net.mjs'))).not.toBe(digest);
  });
});
