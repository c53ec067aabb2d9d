import { getStatus } from '@tandem/rpc';
import { setTimeout as delay } from 'node:timers/promises';

// Whoever watches a run, as one process beside it (bench:monitoring): a Prometheus, an open page, somebody who asks for the status. Takes
// one argument, the JSON of Watched; on SIGTERM it prints how many answers it had and its processor time, and ends.

export interface Watched {
  readonly coordinator: string;
  readonly metrics: readonly string[];
  readonly events: string;
  readonly scrapeEveryMs: number;
  readonly statusEveryMs: number;
}

/** What they had of a run: being watched is measured only where somebody looked. */
export interface Readings {
  readonly answers: number;
  readonly cpuMs: number;
}

const RETRY_MS = 1_000;
const watched = JSON.parse(process.argv[2]!) as Watched;
let answers = 0;

for (const url of watched.metrics)
  every(watched.scrapeEveryMs, async () => {
    const response = await fetch(url);
    await response.text();
  });
every(watched.statusEveryMs, async () => {
  await getStatus(watched.coordinator, {});
});
void readEvents(watched.events);
process.once('SIGTERM', () => {
  const { user, system } = process.cpuUsage();
  const readings: Readings = { answers, cpuMs: (user + system) / 1000 };
  process.stdout.write(JSON.stringify(readings), () => process.exit(0));
});

/** Again and again, whether it succeeds or not: a process may not listen yet, or no more. */
function every(ms: number, read: () => Promise<void>): void {
  setInterval(() => {
    read().then(
      () => answers++,
      () => undefined,
    );
  }, ms);
}

/** As an open page does. */
async function readEvents(url: string): Promise<never> {
  for (;;) {
    try {
      const { body } = await fetch(url);
      for await (const piece of body!) answers += (piece as Uint8Array).length > 0 ? 1 : 0;
    } catch {
      // Not there yet, or no more.
    }
    await delay(RETRY_MS);
  }
}
