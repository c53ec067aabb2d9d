import type { ImageSource } from './sources/image-source.js';

/** What workers must agree on before they train together. */
export interface DatasetDescription {
  /** Hex SHA-256 over class names, number of samples, and the samples' names and labels. Not over pixels: see docs/data.md. */
  readonly digest: string;
  readonly classes: readonly string[];
  readonly samples: number;
  readonly channels: number;
}

export function describeDataset(source: ImageSource): DatasetDescription {
  return { digest: source.digest, classes: source.classes, samples: source.length, channels: source.channels };
}
