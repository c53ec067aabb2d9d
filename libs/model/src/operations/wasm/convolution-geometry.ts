import type { ConvolutionGeometry, Padding, PoolGeometry } from '../operations.js';

/** Zeros on each side. */
export interface Sides {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** As tfjs's kernels take a padding. */
export function padOf(padding: Padding): number | 'same' | 'valid' {
  return typeof padding === 'number' ? padding : padding === 'SAME' ? 'same' : 'valid';
}

export function explicitPad({ top, bottom, left, right }: Sides): [number, number][] {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

export function convolutionAttributes({ strides, padding }: ConvolutionGeometry) {
  return {
    strides: [...strides],
    pad: padOf(padding),
    dilations: [1, 1],
    dataFormat: 'NHWC',
  };
}

export function poolAttributes({ window, strides, padding }: PoolGeometry) {
  return { filterSize: [...window], strides: [...strides], pad: padOf(padding) };
}

/** TensorFlow's rule: where a number is odd, the greater half of SAME's zeros comes last. */
export function sidesOf(
  padding: Padding,
  [height, width]: readonly [number, number],
  window: readonly [number, number],
  strides: readonly [number, number],
): Sides {
  if (typeof padding === 'number') return { top: padding, bottom: padding, left: padding, right: padding };
  if (padding === 'VALID') return { top: 0, bottom: 0, left: 0, right: 0 };
  const along = (size: number, wide: number, stride: number) => {
    const all = Math.max(0, (Math.ceil(size / stride) - 1) * stride + wide - size);
    return [Math.floor(all / 2), Math.ceil(all / 2)] as const;
  };
  const [top, bottom] = along(height, window[0], strides[0]);
  const [left, right] = along(width, window[1], strides[1]);
  return { top, bottom, left, right };
}
