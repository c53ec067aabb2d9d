import type { Region } from '../sources/image-source.js';
import { KERNEL } from './kernel.js';
import { triangleWeights } from './triangle-weights.js';

/** Pixels of four bytes, R, G, B and one that is not looked at; rows from the top. */
export interface RgbxImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** As far as it is used; Node's types leave it out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  blendRows(source: number, stride: number, weights: number, taps: number, count: number, out: number): void;
  blendColumns(row: number, starts: number, weights: number, taps: number, count: number, out: number): void;
}

const PAGE_BYTES = 65_536;
const VECTOR_BYTES = 16;
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(KERNEL, 'base64')));
const kernel = exports as Kernel;

/**
 * The pixels of `window`, a part of the image, or of a region of it, as it is when resized to `width` × `height` with `triangleWeights`: RGB, bytes. Only
 * what the window is made of is looked at, and its pixels do not depend on what else is in it. Whole numbers throughout: the same
 * bits on every processor. Rounded once, from 6 bits after the point.
 */
export function resizeWindow(
  image: RgbxImage,
  width: number,
  height: number,
  window: Region,
  region: Region = { top: 0, left: 0, width: image.width, height: image.height },
): Uint8Array {
  const across = triangleWeights({ from: region.width, to: width }, { first: window.left, count: window.width }, 2);
  const down = triangleWeights({ from: region.height, to: height }, { first: window.top, count: window.height });
  // The part of the region that the window is made of.
  const left = across.starts[0]!;
  const top = down.starts[0]!;
  const rows = Math.min(region.height, down.starts.at(-1)! + down.taps) - top;
  const columns = Math.min(region.width, across.starts.at(-1)! + across.taps) - left;
  const stride = upTo(columns * 4, VECTOR_BYTES);

  const layout = new Layout();
  // Beyond the part there may be weights of 0, for which any memory will do.
  const source = layout.take((rows + down.taps) * stride);
  const row = layout.take(2 * stride + 8 * across.taps);
  const starts = layout.take(4 * window.width);
  const acrossWeights = layout.take(8 * across.weights.length);
  const downWeights = layout.take(2 * down.weights.length);
  const out = layout.take(3 * window.width * window.height + 1);
  const memory = layout.memory();

  const { data } = image;
  for (let y = 0; y < rows; y++) {
    const from = ((region.top + top + y) * image.width + region.left + left) * 4;
    memory.set(data.subarray(from, from + columns * 4), source + y * stride);
  }
  new Uint32Array(memory.buffer, starts, window.width).set(across.starts.map((start) => start - left));
  new Int16Array(memory.buffer, downWeights, down.weights.length).set(down.weights);
  const fourTimes = new Int16Array(memory.buffer, acrossWeights, 4 * across.weights.length);
  for (let at = 0; at < fourTimes.length; at++) fourTimes[at] = across.weights[at >> 2]!;

  for (let y = 0; y < window.height; y++) {
    const first = source + (down.starts[y]! - top) * stride;
    kernel.blendRows(first, stride, downWeights + 2 * y * down.taps, down.taps, stride, row);
    kernel.blendColumns(row, starts, acrossWeights, across.taps, window.width, out + 3 * y * window.width);
  }
  return memory.slice(out, out + 3 * window.width * window.height);
}

/** Places in the kernel's memory, one after another. */
class Layout {
  #end = 0;

  take(bytes: number): number {
    const start = this.#end;
    this.#end = upTo(start + bytes, VECTOR_BYTES);
    return start;
  }

  memory(): Uint8Array {
    const missing = this.#end - kernel.memory.buffer.byteLength;
    if (missing > 0) kernel.memory.grow(Math.ceil(missing / PAGE_BYTES));
    return new Uint8Array(kernel.memory.buffer);
  }
}

function upTo(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
