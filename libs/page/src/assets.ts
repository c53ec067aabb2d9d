import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from '@tandem/core';

export interface Asset {
  readonly contentType: string;
  readonly body: Buffer;
}

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

/**
 * All files of the page by the path that they are asked for by, in memory: nothing from the network is ever a file's name.
 * Throws a ConfigurationError (`TANDEM_PAGE_FILES`).
 */
export async function pageAssets(): Promise<ReadonlyMap<string, Asset>> {
  const here = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
  const charts = join(dirname(createRequire(import.meta.url).resolve('uplot/package.json')), 'dist');
  const files: [path: string, file: string, contentType: string][] = [
    ['/', here('static/index.html'), 'text/html; charset=utf-8'],
    ['/page.css', here('static/page.css'), STYLE],
    ['/icon.svg', here('static/icon.svg'), 'image/svg+xml'],
    ['/uplot.css', join(charts, 'uPlot.min.css'), STYLE],
    // Beside the page's own modules, which import it from there.
    ['/browser/uplot.js', join(charts, 'uPlot.esm.js'), SCRIPT],
  ];
  try {
    for (const folder of ['browser', 'shared'])
      for (const name of await readdir(here(`dist/${folder}`)))
        if (name.endsWith('.js')) files.push([`/${folder}/${name}`, here(`dist/${folder}/${name}`), SCRIPT]);
    const assets = files.map(async ([path, file, contentType]): Promise<[string, Asset]> => [
      path,
      { contentType, body: await readFile(file) },
    ]);
    return new Map(await Promise.all(assets));
  } catch (cause) {
    throw new ConfigurationError({
      code: 'TANDEM_PAGE_FILES',
      what: `a file of the page cannot be read (${(cause as Error).message})`,
      where: '--page-listen',
      remedy: 'Build Tandem (npm run build), or install it again.',
      cause,
    });
  }
}
