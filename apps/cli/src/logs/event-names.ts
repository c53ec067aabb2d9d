import { EVENTS } from '@tandem/observability';
import { InvalidArgumentError } from 'commander';

/** Collects `--event`: names of events, or what comes before a dot in some. */
export function collectEvents(name: string, earlier: readonly string[] = []): string[] {
  if (!EVENTS.some((event) => event === name || event.startsWith(`${name}.`)))
    throw new InvalidArgumentError(
      'Expected an event of docs/events.md, such as worker.lost, or its beginning, such as worker.',
    );
  return [...earlier, name];
}
