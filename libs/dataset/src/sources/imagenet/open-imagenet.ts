import { ConfigurationError } from '@tandem/core';
import type { ImageSource } from '../image-source.js';
import { listFolder } from '../list-folder.js';
import { openTraining, SYNSET_STORE } from './training.js';
import { openValidation, VALIDATION_IMAGE } from './validation.js';

const LAYOUT =
  'the training set of ILSVRC-2012 (folders n01440764/ or archives n01440764.tar, one a class), or its validation set ' +
  '(ILSVRC2012_val_00000001.JPEG and so on, with ILSVRC2012_validation_ground_truth.txt and ILSVRC2012_synsets.txt)';

/** Either set of ILSVRC-2012 as it is published, whichever is in the folder. Throws a ConfigurationError that names what is missing. */
export async function openImageNet(path: string): Promise<ImageSource> {
  const entries = await listFolder(path, LAYOUT);
  if (entries.some(({ name }) => SYNSET_STORE.test(name))) return openTraining(path, entries);
  if (entries.some(({ name }) => VALIDATION_IMAGE.test(name))) return openValidation(path, entries);
  const packed = entries.find(({ name }) => /^ILSVRC2012_img_(train|val)\.tar$/.test(name));
  throw new ConfigurationError({
    code: 'TANDEM_DATA_IMAGENET_FILES',
    what: packed === undefined ? 'the folder holds neither set of ILSVRC-2012' : `${packed.name} is not unpacked`,
    where: path,
    expected: LAYOUT,
    remedy:
      packed === undefined
        ? 'See docs/data.md for what goes where.'
        : `Unpack it there: tar -xf ${packed.name}. The archives in that of training stay packed.`,
  });
}
