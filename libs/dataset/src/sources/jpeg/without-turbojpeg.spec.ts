import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { readJpeg } from './read-jpeg.js';
import { resizeWindow } from '../../resize/resize-window.js';
import { TurboJpeg } from './turbojpeg.js';

vi.mock('./turbojpeg.js', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  turboJpeg: 'Cannot find module',
}));

it('has the same pixels, window and all', async () => {
  const photo = readFileSync(join(import.meta.dirname, '../../testing/pillow/photo.jpg'));
  const window = (width: number) => ({ top: 2, left: width - 100, width: 90, height: 80 });
  const read = await readJpeg(photo, { shorterSide: 103, window });
  const cutFrom = { width: 137, height: 103, top: 2, left: 37 };
  expect(read).toMatchObject({ width: 90, height: 80, channels: 3, cutFrom });
  const whole = await TurboJpeg.load().decode(photo, ({ data, width, height }) => ({
    ...{ width, height },
    data: data.slice(0, width * height * 4),
  }));
  expect(read!.data).toEqual(resizeWindow(whole!, 137, 103, window(137)));
});
