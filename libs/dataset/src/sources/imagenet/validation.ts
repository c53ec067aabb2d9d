import type { Dirent } from 'node:fs';
import { ConfigurationError } from '@tandem/core';
import { type StoredImage, StoredImages } from '../stored-images.js';
import { GROUND_TRUTH_FILE, readGroundTruth } from './ground-truth.js';

export const VALIDATION_IMAGE = /^ILSVRC2012_val_(\d{8})\.JPEG$/;

/** The flat folder of validation images, in the order of their numbers, each with the label that its number has. */
export async function openValidation(path: string, entries: readonly Dirent[]): Promise<StoredImages> {
  const { classes, labels } = await readGroundTruth(path);
  const found = new Set(entries.map(({ name }) => name).filter((name) => VALIDATION_IMAGE.test(name)));
  const images = labels.map((label, at): StoredImage => {
    const name = `ILSVRC2012_val_${String(at + 1).padStart(8, '0')}.JPEG`;
    if (!found.delete(name))
      throw new ConfigurationError({
        code: 'TANDEM_DATA_IMAGENET_FILES',
        what: `${name} is missing`,
        where: path,
        expected: `an image for each of the ${labels.length} lines of ${GROUND_TRUTH_FILE}`,
        context: { file: name },
      });
    return { name, label };
  });
  const [more] = found;
  if (more !== undefined)
    throw new ConfigurationError({
      code: 'TANDEM_DATA_IMAGENET_LABELS',
      what: `${GROUND_TRUTH_FILE} has ${labels.length} lines, none for ${more}`,
      where: path,
      expected: 'a line for each image',
    });
  const stores = [{ path, key: 'val', images }];
  return new StoredImages({ format: 'imagenet', path, classes, ignoredFiles: entries.length - images.length, stores });
}
