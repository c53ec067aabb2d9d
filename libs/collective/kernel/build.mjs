import asc from 'assemblyscript/asc';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// `npm run build-kernel`: compiles sums.as.ts and writes it to src/sums/kernel.ts, or to standard output with --print.

const source = readFileSync(join(import.meta.dirname, 'sums.as.ts'), 'utf8');

let binary;
const { error, stderr } = await asc.main(
  ['sums.as.ts', '-O3', '--runtime', 'stub', '--enable', 'simd', '--noAssert', '--outFile', 'sums.wasm'],
  {
    readFile: (name) => (name === 'sums.as.ts' ? source : null),
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
    join(import.meta.dirname, '../src/sums/kernel.ts'),
    `/** ../../kernel/sums.as.ts, compiled: WebAssembly in base64. Made by \`npm run build-kernel\`; a spec compares. */\nexport const KERNEL =\n${lines.join(' +\n')};\n`,
  );
}
