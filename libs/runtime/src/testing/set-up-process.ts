import { SetUp, type SetUpContext } from '../set-up.js';
import type { Wheel } from '../wheels.js';

/** What of a SetUpContext can be written down; the rest is as in FakeMachine. */
export type WrittenContext = Pick<SetUpContext, 'cache' | 'platform' | 'lockStaleMs'> & {
  readonly environment: Record<string, string>;
  readonly wheel: Wheel;
};

// Run as a process of its own, to be killed.
const written = JSON.parse(process.argv[2]!) as WrittenContext;
const runtime = await new SetUp({
  ...written,
  wheelsFor: () => [written.wheel],
  freeBytes: () => Promise.resolve(1e12),
  hasNvidiaDriver: () => false,
  check: () => Promise.resolve({ tensorflowVersion: '2.99.0', usesGpu: false }),
  onProgress: () => undefined,
  signal: undefined,
}).run('cpu', undefined);
process.stdout.write(runtime.directory);
