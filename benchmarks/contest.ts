import { table } from './report.js';
import { medians, pairedRatio, type StepFigures } from './step-figures.js';

export interface Setting {
  readonly lrn: string;
  readonly workers: number;
  readonly round: number;
}

/** Somebody's way of training the same network. */
export interface Contender {
  readonly name: string;
  run(setting: Setting): Promise<StepFigures>;
}

export interface ContestOptions {
  /** The first is compared with each of the others. */
  readonly contenders: readonly Contender[];
  readonly lrns: readonly string[];
  /** Numbers of workers. With one and more, efficiencies are told. */
  readonly worlds: readonly number[];
  readonly rounds: number;
}

export interface ContestResult {
  readonly lrn: string;
  /** Of each number of workers, each contender's samples, one a round. */
  readonly samples: ReadonlyMap<number, ReadonlyMap<string, readonly StepFigures[]>>;
  /** By what they say, as a median of the rounds' ratios. */
  readonly ratios: Readonly<Record<string, number>>;
}

const common = ['imagesPerSecond', 'imagesPerCoreSecond', 'peakMemoryMb'] as const;

/** All contenders in turn in each round, for each setting. */
export async function contest(options: ContestOptions): Promise<ContestResult[]> {
  const { contenders, lrns, worlds, rounds } = options;
  const results: ContestResult[] = [];
  for (const lrn of lrns) {
    const samples = new Map(worlds.map((workers) => [workers, new Map<string, StepFigures[]>()]));
    for (let round = 1; round <= rounds; round++)
      for (const [workers, ofWorld] of samples)
        for (const { name, run } of contenders) {
          const figures = await run({ lrn, workers, round });
          ofWorld.set(name, [...(ofWorld.get(name) ?? []), figures]);
          const rates = [figures.imagesPerSecond, figures.imagesPerCoreSecond].map((rate) => rate.toFixed(1));
          process.stderr.write(
            `round ${round}, LRN ${lrn}, ${workers} worker(s), ${name}: ${rates.join(' images/s, ')} a core-second\n`,
          );
        }
    results.push({ lrn, samples, ratios: ratiosOf(samples, contenders) });
  }
  return results;
}

function ratiosOf(samples: ContestResult['samples'], [first, ...others]: readonly Contender[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  const of = (workers: number, name: string) => samples.get(workers)!.get(name)!;
  for (const { name } of others)
    for (const workers of samples.keys())
      for (const key of common)
        ratios[`${key}, ${first!.name} ÷ ${name}, ${workers} worker(s)`] = pairedRatio(
          of(workers, first!.name),
          of(workers, name),
          (sample: StepFigures) => sample[key],
        );
  if (!samples.has(1)) return ratios;
  for (const { name } of [first!, ...others])
    for (const workers of [...samples.keys()].filter((world) => world > 1)) {
      const over = (key: 'imagesPerSecond' | 'imagesPerCoreSecond') =>
        pairedRatio(of(workers, name), of(1, name), (sample: StepFigures) => sample[key]);
      ratios[`efficiency of ${name}, ${workers} workers, by the clock`] = over('imagesPerSecond') / workers;
      ratios[`efficiency of ${name}, ${workers} workers, by core-seconds`] = over('imagesPerCoreSecond');
    }
  return ratios;
}

/** Medians of every figure and the ratios, as tables. */
export function contestTables({ samples, ratios }: ContestResult): string {
  const columns = [...samples].flatMap(([workers, ofWorld]) =>
    Array.from(ofWorld, ([name, of]) => ({ head: `${name}, ${workers}`, of: summary(of) })),
  );
  const keys = [...new Set(columns.flatMap(({ of }) => Object.keys(of)))];
  const rows = keys.map((key) => [key, ...columns.map(({ of }) => of[key] ?? null)]);
  return `${table(['figure', ...columns.map(({ head }) => head)], rows)}\n${table(['ratio, median of rounds', 'value'], Object.entries(ratios))}`;
}

/** What is kept of a result: by number of workers and contender, the medians and each round's samples. */
export function contestRecord({ lrn, samples, ratios }: ContestResult): object {
  const figures = Object.fromEntries(
    Array.from(samples, ([workers, ofWorld]) => [
      workers,
      Object.fromEntries(Array.from(ofWorld, ([name, of]) => [name, { medians: summary(of), rounds: of }])),
    ]),
  );
  return { lrn, figures, ratios };
}

function summary(of: readonly StepFigures[]): Record<string, number> {
  return medians(of, Object.keys(of[0]!) as (keyof StepFigures)[]);
}
