import { type AllReduceRun, measureAllReduce } from './all-reduce-run.js';

// For slow-link.ts: measures what its argument says, in the network namespace that it is started in.
process.stdout.write(JSON.stringify(await measureAllReduce(JSON.parse(process.argv[2]!) as AllReduceRun)));
