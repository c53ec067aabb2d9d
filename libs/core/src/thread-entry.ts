/**
 * The file to start a worker thread from. Node runs no TypeScript in threads, so from the source tree (tests) the built
 * twin of the file is meant: `…/src/x.ts` asking for `./x-thread.js` gets `…/dist/x-thread.js`.
 */
export function threadEntry(importMetaUrl: string, relative: string): URL {
  const url = new URL(relative, importMetaUrl);
  if (importMetaUrl.endsWith('.ts')) url.pathname = url.pathname.replace(/\/src\/((?!.*\/src\/).*)$/, '/dist/$1');
  return url;
}
