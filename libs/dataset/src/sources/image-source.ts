import type { RunConfig } from '@tandem/core';

export type ImageFormat = RunConfig['data']['format'];

/** Pixels as they were decoded: rows from the top, channels interleaved (HWC), 0…255. */
export interface PixelImage {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** height × width × channels bytes. Not to be changed: a source may hand out its own memory. */
  readonly data: Uint8Array;
  /** Where it lies in the resized image, where only a part of that was made. */
  readonly cutFrom?: CutFrom | undefined;
}

/** The size of an image, and the place of a part of it. */
export interface CutFrom {
  readonly width: number;
  readonly height: number;
  readonly top: number;
  readonly left: number;
}

/** A rectangle of an image, in its pixels. */
export interface Region {
  readonly top: number;
  readonly left: number;
  readonly width: number;
  readonly height: number;
}

/** A part of an image, resized to `side` × `side` pixels whatever its aspect. */
export interface ImagePart {
  /** Which, of an image that is stored, and upright, at this size. */
  readonly regionOf: (width: number, height: number) => Region;
  readonly side: number;
}

export interface ReadOptions {
  /** Resize, keeping the aspect, so that the shorter side is so many pixels. Default: as stored. */
  readonly shorterSide?: number | undefined;
  /** Which part is needed of an image that is, resized, of this size. A source may give more of it. Default: all. */
  readonly window?: ((width: number, height: number) => Region) | undefined;
  /** Only a part of it; then `shorterSide` is not used. */
  readonly part?: ImagePart | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A labelled set of images in a fixed order, which is a function of the names and labels alone: sample `index` is the same
 * image for whoever opens the same data. Reading is safe to do for several images at once.
 */
export interface ImageSource {
  readonly format: ImageFormat;
  /** As it was named when opened. */
  readonly path: string;
  /** That it was opened with. */
  readonly limit?: number | undefined;
  /** Label → class name. */
  readonly classes: readonly string[];
  /** Samples, at least 1. */
  readonly length: number;
  readonly channels: number;
  /** Files that were left out because they are no images by their names. */
  readonly ignoredFiles: number;
  /** Hex SHA-256 over the class names, the number of samples and their names and labels: equal on machines that hold the same set. */
  readonly digest: string;
  label(index: number): number;
  /** For people: the file of a sample, or its place in one ("train-images-idx3-ubyte[12]"). */
  nameOf(index: number): string;
  /** Throws a ConfigurationError (`TANDEM_DATA_IMAGE`) that names the file of an image that cannot be decoded. */
  read(index: number, options?: ReadOptions): Promise<PixelImage>;
  /** Hex SHA-256 that changes when the files do, by size and modification time: for caches on this machine. */
  fingerprint(): Promise<string>;
}

/** What a thread needs to open the same source again. */
export interface SourceSpec {
  readonly format: ImageFormat;
  readonly path: string;
  /** So many samples of it, as `LimitedSource` draws them; undefined: all. */
  readonly limit?: number | undefined;
}
