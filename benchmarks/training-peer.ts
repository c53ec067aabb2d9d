import { join } from 'node:path';
import { endOf, freePort, startPinned } from './pinned-processes.js';
import { combinePeers, type PeerFigures, type StepFigures } from './step-figures.js';

export interface PeerRun {
  readonly python: string;
  /** In `peers/`. */
  readonly script: string;
  readonly ranks: number;
  readonly localBatch: number;
  readonly warmUpSteps: number;
  readonly measuredSteps: number;
  readonly classes: number;
  readonly lrn: string;
  /** One of the script's choices of how it computes. */
  readonly form: string;
}

export interface PeerResult {
  readonly figures: StepFigures;
  /** The framework's name and release. */
  readonly version: string;
}

/** A peer's training steps, one process a core. */
export async function runPeer(run: PeerRun): Promise<PeerResult> {
  const ports = await Promise.all(Array.from({ length: run.ranks }, () => freePort()));
  const flags = {
    ...{ batch: run.localBatch, 'warm-up': run.warmUpSteps, steps: run.measuredSteps },
    ...{ classes: run.classes, lrn: run.lrn, form: run.form, ranks: run.ranks, ports: ports.join() },
  };
  const started = ports.map((_, rank) =>
    startPinned(rank, run.python, [
      join(import.meta.dirname, 'peers', run.script),
      ...Object.entries({ ...flags, rank }).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ]),
  );
  // TensorFlow may say something on standard output before; the figures are the last line.
  const lines = (await endOf(started)).map((output) => output.trim().split('\n').at(-1)!);
  const figures = lines.map((line) => JSON.parse(line) as PeerFigures);
  return { figures: combinePeers(figures, run.localBatch), version: figures[0]!.version };
}

/** The form with which one worker has more images a core-second, by a few steps of each. */
export async function fastestForm(run: Omit<PeerRun, 'form' | 'ranks'>, forms: readonly string[]): Promise<string> {
  if (forms.length === 1) return forms[0]!;
  let best: readonly [rate: number, form: string] = [-1, forms[0]!];
  for (const form of forms) {
    const { figures } = await runPeer({ ...run, form, ranks: 1, warmUpSteps: 1, measuredSteps: 4 });
    const rate = figures.imagesPerCoreSecond;
    process.stderr.write(`trial of ${run.script}, LRN ${run.lrn}, ${form}: ${rate.toFixed(1)} images a core-second\n`);
    if (rate > best[0]) best = [rate, form];
  }
  return best[1];
}
