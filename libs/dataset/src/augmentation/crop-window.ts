import type { Region } from '../sources/image-source.js';
import { cropsOf, type DrawKey } from './geometry.js';
import type { AugmentationPlan } from './plan.js';

/**
 * The part of an image of this size, resized as the plan says, that its crops show: all of it where no crop fits, or none shows any of it.
 * Whether one fits is for `cropGeometry` to say.
 */
export function cropWindow(plan: AugmentationPlan, width: number, height: number, key: DrawKey): Region {
  const { inputSize, pad } = plan;
  const whole = { top: 0, left: 0, width, height };
  if (Math.min(width, height) + 2 * pad < inputSize) return whole;
  const crops = cropsOf(plan, { name: '', width, height }, key);
  const top = Math.max(0, Math.min(...crops.map((crop) => crop.top)));
  const left = Math.max(0, Math.min(...crops.map((crop) => crop.left)));
  const bottom = Math.min(height, Math.max(...crops.map((crop) => crop.top)) + inputSize);
  const right = Math.min(width, Math.max(...crops.map((crop) => crop.left)) + inputSize);
  return bottom > top && right > left ? { top, left, width: right - left, height: bottom - top } : whole;
}
