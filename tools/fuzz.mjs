import { bootstrap } from './bootstrap.mjs';
import { node } from './run.mjs';

// `npm run fuzz -- --messages 10000`: malformed, truncated, oversized and out-of-order messages to a run that trains.

await bootstrap();
process.exitCode = await node(['--import', 'tsx', 'tests/src/fuzz/main.ts', ...process.argv.slice(2)]);
