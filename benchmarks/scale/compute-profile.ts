import { readFileSync } from 'node:fs';
import { median } from '../median.js';

/** Where a step of one worker goes, by a timeline: medians over its steps, ms. */
export interface ComputeProfile {
  readonly forwardMs: number;
  /** In the order of the backward pass: the last layer first. */
  readonly backward: readonly { readonly layer: string; readonly ms: number }[];
  /** Gradients made of factors, for `rows` samples. */
  readonly products: Readonly<Record<string, number>>;
  readonly rows: number;
  /** The update less what multiplies factors. */
  readonly applyMs: number;
}

interface Span {
  readonly ph: string;
  readonly name: string;
  /** µs. */
  readonly dur?: number;
  readonly ts: number;
  readonly args: { readonly step?: number };
}

/** @param rows of the step: what one worker multiplies */
export function readProfile(file: string, rows: number): ComputeProfile {
  const { traceEvents } = JSON.parse(readFileSync(file, 'utf8')) as { readonly traceEvents: readonly Span[] };
  const spans = traceEvents.filter(({ ph, args }) => ph === 'X' && args.step !== undefined);
  const steps = [...new Set(spans.filter(({ name }) => name === 'step').map(({ args }) => args.step!))];
  const medianOf = (matches: (name: string) => boolean) =>
    median(
      steps.map((step) =>
        spans
          .filter(({ name, args }) => args.step === step && matches(name))
          .reduce((sum, { dur = 0 }) => sum + dur / 1000, 0),
      ),
    );
  const layersOf = (suffix: string) => [
    ...new Set(
      spans
        .filter(({ name }) => name.endsWith(suffix))
        .sort((a, b) => a.ts - b.ts)
        .map(({ name }) => name.slice(0, -suffix.length)),
    ),
  ];
  const layers = layersOf(' backward');
  if (layers.length === 0) throw new Error(`${file} has no layer’s backward pass`);
  const products = Object.fromEntries(
    layersOf(' product').map((layer) => [layer, medianOf((name) => name === `${layer} product`)]),
  );
  return {
    forwardMs: medianOf((name) => name.endsWith(' forward')),
    backward: layers.map((layer) => ({ layer, ms: medianOf((name) => name === `${layer} backward`) })),
    products,
    rows,
    applyMs: Math.max(
      0,
      medianOf((name) => name === 'update') - Object.values(products).reduce((sum, ms) => sum + ms, 0),
    ),
  };
}
