import { IdxSource } from './idx.js';
import { ImageFolderSource } from './image-folder.js';
import type { ImageFormat, ImageSource } from './image-source.js';
import { openImageNet } from './imagenet/open-imagenet.js';
import { LimitedSource } from './limited-source.js';
import { openWebDataset } from './webdataset/open-webdataset.js';

/**
 * Opens a data set as the configuration names it, or `limit` samples of it. Throws a ConfigurationError (`TANDEM_DATA_…`) that
 * names the file or folder.
 */
export async function openImageSource(format: ImageFormat, path: string, limit?: number): Promise<ImageSource> {
  const whole = await openWhole(format, path);
  return limit === undefined ? whole : new LimitedSource(whole, limit);
}

async function openWhole(format: ImageFormat, path: string): Promise<ImageSource> {
  switch (format) {
    case 'image-folder':
      return ImageFolderSource.open(path);
    case 'imagenet':
      return openImageNet(path);
    case 'webdataset':
      return openWebDataset(path);
    case 'idx':
      return IdxSource.open(path);
  }
}
