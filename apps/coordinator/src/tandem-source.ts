import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Which Tandem it is. */
export interface TandemSource {
  readonly version: string;
  /** Of the checkout that it runs from; absent where it runs from none, or there is no git. */
  readonly commit?: string;
  /** Tracked files of the checkout differ from the commit. */
  readonly modified?: boolean;
}

/** What git says is waited for so long. */
const GIT_TIMEOUT_MS = 5_000;

const require = createRequire(import.meta.url);
const { version } = require('../package.json') as { readonly version: string };
let known: Promise<TandemSource> | undefined;

/** Asked of git once a process. Never rejects. */
export function tandemSource(): Promise<TandemSource> {
  known ??= askGit().catch(() => ({ version }));
  return known;
}

async function askGit(): Promise<TandemSource> {
  // `src` and `dist` are equally deep.
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const git = async (...args: string[]) => {
    const { stdout } = await promisify(execFile)('git', args, { cwd, timeout: GIT_TIMEOUT_MS });
    return stdout.trim();
  };
  // In somebody's node_modules the commit would be somebody else's.
  await git('ls-files', '--error-unmatch', 'package.json');
  const [commit, changes] = await Promise.all([
    git('rev-parse', 'HEAD'),
    git('--no-optional-locks', 'status', '--porcelain', '--untracked-files=no'),
  ]);
  return { version, commit, modified: changes !== '' };
}
