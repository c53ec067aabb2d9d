import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrap } from './bootstrap.mjs';
import { cli, node, orExit, root } from './run.mjs';

// `npm run demo`: two local workers train the paper's AlexNet on photographs of solar cells for one epoch.

const WORKERS = 2;
await bootstrap();
orExit(await node([cli, 'data', 'elpv', 'data/elpv']), 'The photographs could not be fetched (above).');
const out = freshDirectory('runs/demo');
const training = ['--config', 'examples/elpv-demo.yaml', '--workers', String(WORKERS), '--out', out];
orExit(await node([cli, 'run', ...training]), `The run did not finish; its logs are in ${join(out, 'logs')}.`);
process.stdout.write(`
The run is in ${out}:
  metrics.jsonl   loss and speed of each step, and the evaluation
  checkpoints/    the weights, as safetensors
  logs/           what the coordinator and each worker did
  config.yaml     the configuration it had
`);

/** `name`, or `name-2`, `name-3`… where that is taken: a demonstration never writes into an earlier one. */
function freshDirectory(name) {
  let candidate = name;
  for (let number = 2; existsSync(join(root, candidate)); number++) candidate = `${name}-${number}`;
  return candidate;
}
