import asc from 'assemblyscript/asc';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';

// `node tools/build-kernel.mjs SOURCE.as.ts TARGET.ts`: compiles AssemblyScript to WebAssembly and writes it into TARGET as base64, or to
// standard output with --print.

const [from, to] = process.argv.slice(2).filter((argument) => argument !== '--print');
const name = basename(from);
const source = readFileSync(from, 'utf8');

let binary;
const { error, stderr } = await asc.main(
  [name, '-O3', '--runtime', 'stub', '--enable', 'simd', '--noAssert', '--outFile', 'kernel.wasm'],
  {
    readFile: (file) => (file === name ? source : null),
    writeFile: (_, contents) => {
      binary = contents;
    },
    listFiles: () => [],
  },
);
if (error) throw new Error(stderr.toString());
const text = Buffer.from(binary).toString('base64');
if (process.argv.includes('--print')) process.stdout.write(text);
else {
  const lines = text.match(/.{1,110}/g).map((line) => `  '${line}'`);
  const place = relative(dirname(resolve(to)), from).replaceAll('\\', '/');
  writeFileSync(
    to,
    `/** ${place}, compiled: WebAssembly in base64. Made by \`npm run build-kernel\`; a spec compares. */\nexport const KERNEL =\n${lines.join(' +\n')};\n`,
  );
}
