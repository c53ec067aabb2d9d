import { bootstrap } from './bootstrap.mjs';
import { cli, node, orExit } from './run.mjs';

// `npm run ablations`: trains the arms of examples/ablations and draws their curves (benchmarks/ablations).

await bootstrap();
orExit(await node([cli, 'data', 'fashion-mnist', 'data/fashion-mnist']), 'Fashion-MNIST could not be fetched (above).');
process.exitCode = await node(['--import', 'tsx', 'benchmarks/ablations/main.ts', ...process.argv.slice(2)]);
