import { bootstrap } from './bootstrap.mjs';
import { node } from './run.mjs';

// `npm run parity`: every network against its peers in PyTorch and Keras, which it installs first (tests/parity).

await bootstrap();
process.exitCode = await node(['--import', 'tsx', 'tests/parity/src/main.ts', ...process.argv.slice(2)]);
