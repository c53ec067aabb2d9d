import asc from 'assemblyscript/asc';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// `npm run build-kernel`: compiles resize.as.ts and writes it to src/resize/kernel.ts, or to standard output with --print.

const source = readFileSync(join(import.meta.dirname, 'resize.as.ts'), 'utf8');

let binary;
const { error, stderr } = await asc.main(
  ['resize.as.ts', '-O3', '--runtime', 'stub', '--enable', 'simd', '--noAssert', '--outFile', 'resize.wasm'],
  {
    readFile: (name) => (name === 'resize.as.ts' ? source : null),
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
  writeFileSync(
    join(import.meta.dirname, '../src/resize/kernel.ts'),
    `/** ../../kernel/resize.as.ts, compiled: WebAssembly in base64. Made by \`npm run build-kernel\`; a spec compares. */\nexport const KERNEL =\n${lines.join(' +\n')};\n`,
  );
}
