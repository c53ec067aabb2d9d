import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

// Writes the TypeScript types of protos/ with proto-loader's own generator: into src/generated, or the folder given.
const root = dirname(fileURLToPath(import.meta.url));
const out = argv[2] ?? join(root, 'src/generated');
const generator = join(
  dirname(createRequire(import.meta.url).resolve('@grpc/proto-loader/package.json')),
  'build/bin/proto-loader-gen-types.js',
);

rmSync(out, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [
    generator,
    // The same conversions as loadTandemProtocol.
    ...['--longs=Number', '--enums=String', '--defaults', '--oneofs', '--arrays'],
    // What is received has every field and the plain name; what is sent may leave fields out.
    ...['--inputTemplate=%sInput', '--outputTemplate=%s'],
    ...['--grpcLib=@grpc/grpc-js', '--importFileExtension=.js', '--includeDirs=protos', `--outDir=${out}`],
    ...['tandem/v1/coordinator.proto', 'tandem/v1/collective.proto'],
  ],
  // The generated headers name the .proto files relative to this folder.
  { cwd: join(root, '../..'), stdio: 'inherit' },
);
