import { join } from 'node:path';
import { PythonEnvironment } from './python-environment.js';

export const peersFolder = join(import.meta.dirname, '../peers');

const peers = () => new PythonEnvironment('parity', join(peersFolder, 'requirements.txt'));

/** The Python that has the peer frameworks, if they have been provisioned. */
export function installedPeers(): string | undefined {
  return peers().installed;
}

/** The Python that has the peer frameworks: a virtual environment in Tandem's cache, made on the first call (about 7 GB on disk). */
export function provisionPeers(): string {
  return peers().provision();
}
