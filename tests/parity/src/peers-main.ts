import { provisionPeers } from './provision-peers.js';

// Prints the Python that has the peer frameworks, installing them first where they are not: for other programs than `npm run parity`.

process.stdout.write(`${provisionPeers()}\n`);
