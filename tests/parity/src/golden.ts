import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RandomStream, StreamPurpose } from '@tandem/core';
import type { Answers } from './answers.js';
import { largest, norm } from './relative-error.js';
import type { PeerName, Variant } from './variants.js';

const folder = join(import.meta.dirname, '../golden');

/** A tensor too large to be kept: its norm, its largest magnitude, and its values at drawn places. */
export interface Excerpt {
  readonly elements: number;
  readonly norm: number;
  readonly largest: number;
  readonly entries: readonly number[];
}

/** A peer's answers, kept so that the ordinary tests need no Python. */
export interface Golden {
  readonly variant: string;
  readonly seed: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly logits: readonly number[];
  readonly losses: readonly number[];
  readonly gradients: Readonly<Record<string, Excerpt>>;
  readonly state: Readonly<Record<string, Excerpt>>;
}

/** The values of a tensor at the places that golden files keep of it: a function of its length and `entries` alone. */
export function entriesOf(values: Float32Array, entries: number): Float32Array {
  if (values.length <= entries) return values;
  const stream = new RandomStream(values.length, StreamPurpose.split);
  return Float32Array.from({ length: entries }, () => values[stream.below(values.length)]!);
}

export function writeGolden(
  variant: Variant,
  peer: PeerName,
  answers: Answers,
  versions: Readonly<Record<string, string>>,
): void {
  const excerpts = (tensors: ReadonlyMap<string, Float32Array>) =>
    Object.fromEntries([...tensors].map(([name, values]) => [name, excerptOf(values, variant.goldenEntries)]));
  const golden: Golden = {
    variant: variant.name,
    seed: variant.seed,
    versions,
    logits: rounded(answers.logits),
    losses: rounded(answers.losses),
    gradients: excerpts(answers.gradients),
    state: excerpts(answers.state),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(variant, peer), `${JSON.stringify(golden)}\n`);
}

export function readGolden(variant: Variant, peer: PeerName): Golden {
  return JSON.parse(readFileSync(fileOf(variant, peer), 'utf8')) as Golden;
}

function excerptOf(values: Float32Array, entries: number): Excerpt {
  return {
    elements: values.length,
    norm: norm(values),
    largest: largest(values),
    entries: rounded(entriesOf(values, entries)),
  };
}

/** Nine digits say all that a float32 does. */
function rounded(values: Float32Array): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(9)));
}

function fileOf({ name }: Variant, peer: PeerName): string {
  return join(folder, `${name}.${peer}.json`);
}
