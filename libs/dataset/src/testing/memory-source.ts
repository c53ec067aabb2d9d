import type { ImageSource, PixelImage } from '../sources/image-source.js';

/** The in-memory twin of the sources: images as given, never resized. */
export function memorySource(
  images: readonly PixelImage[],
  labels: readonly number[] = images.map(() => 0),
): ImageSource {
  const classes = Array.from({ length: Math.max(...labels) + 1 }, (_, label) => String(label));
  return {
    format: 'idx',
    path: 'memory',
    classes,
    length: images.length,
    channels: images[0]!.channels,
    ignoredFiles: 0,
    digest: 'memory',
    label: (index) => labels[index]!,
    nameOf: (index) => `memory[${index}]`,
    read: (index) => Promise.resolve(images[index]!),
    fingerprint: () => Promise.resolve('memory'),
  };
}
