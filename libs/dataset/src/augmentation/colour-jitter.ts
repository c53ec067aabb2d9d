import { RandomStream, StreamPurpose } from '@tandem/core';
import type { Eigenpair } from '../statistics/symmetric-eigenpairs.js';
import type { DrawKey } from './geometry.js';

/** One a principal component: what a draw of N(0, 1) adds to each channel, in 0…255. */
export type ColourAxes = readonly (readonly number[])[];

/**
 * ImageNet's, RGB, pixels in 0…1: the figures of Torch's ResNet training (fb.resnet.torch, datasets/imagenet.lua), which
 * most libraries repeat.
 */
export const IMAGENET_EIGENPAIRS: readonly Eigenpair[] = [
  { value: 0.2175, vector: [-0.5675, -0.5808, -0.5836] },
  { value: 0.0188, vector: [0.7192, -0.0045, -0.6948] },
  { value: 0.0045, vector: [0.4009, -0.814, 0.4203] },
];

/** Coarser than what the logarithms and cosines of two versions of Node differ by, finer than any pixel. */
const SHIFT_STEPS = 0x10000;

/** The axes 255 · σ · λᵢ · pᵢ of eigenpairs (pᵢ, λᵢ) for pixels in 0…1; σ is the standard deviation of αᵢ. */
export function colourAxes(eigenpairs: readonly Eigenpair[], deviation: number): ColourAxes {
  return eigenpairs.map(({ value, vector }) =>
    // A covariance has no negative eigenvalues but by rounding.
    vector.map((component) => 255 * deviation * Math.max(0, value) * component),
  );
}

/** What is added to each channel of this use of the sample, in 0…255: one αᵢ for each axis. */
export function colourShift(axes: ColourAxes, { seed, epoch, sample }: DrawKey): number[] {
  const draws = new RandomStream(seed, StreamPurpose.colour, epoch, sample);
  const shift = new Array<number>(axes[0]!.length).fill(0);
  for (const axis of axes) {
    const draw = draws.normal();
    for (const [channel, component] of axis.entries()) shift[channel]! += draw * component;
  }
  return shift.map((value) => Math.round(value * SHIFT_STEPS) / SHIFT_STEPS);
}
