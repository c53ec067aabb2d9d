import { spawnSync } from 'node:child_process';

// A command in the root of a stage, in namespaces of its own: its mounts and its processes end with it, whatever happens.

/** In the new namespaces: $1 is the root, $2 whether it may be written to, $3 what becomes its /tmp, then binds (FROM:TO:ro or rw) up to --. */
const ENTER = `
set -euo pipefail
root=$1 access=$2 tmp=$3
shift 3
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
for file in /etc/resolv.conf /etc/hosts; do [ ! -e "$root$file" ] || mount --bind "$file" "$root$file"; done
while [ "$1" != -- ]; do
  IFS=: read -r from to how <<< "$1"
  mount --bind "$from" "$root$to"
  [ "$how" = rw ] || mount -o remount,bind,ro "$root$to"
  shift
done
shift
[ "$access" = writable ] || mount -o remount,bind,ro "$root"
mount --bind "$tmp" "$root/tmp"
exec chroot "$root" "$@"
`;

/**
 * Runs it to its end, as root; shows what it prints unless \`quiet\`.
 *
 * @param options.user UID:GID; without capabilities, and unable to get any
 * @returns { status, output }
 */
export function inRoot(root, command, { cwd = '/', env = {}, writable = false, tmp, binds = [], user, quiet = false }) {
  const [uid, gid = uid] = user?.split(':') ?? [];
  const drop = [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--no-new-privs',
    '--bounding-set=-all',
    '--inh-caps=-all',
  ];
  const inside = ['env', '--chdir', cwd, ...(user === undefined ? [] : drop), ...command];
  const { status, signal, stdout, stderr, error } = spawnSync(
    'unshare',
    [
      ...['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private', 'bash', '-c', ENTER, 'enter'],
      ...[root, writable ? 'writable' : 'read-only', tmp, ...binds, '--', ...inside],
    ],
    {
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: user === undefined ? '/root' : '/tmp',
        ...env,
      },
      stdio: quiet ? 'pipe' : ['ignore', 'inherit', 'inherit'],
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  if (error !== undefined) throw error;
  return { status: status ?? signal, output: quiet ? stdout + stderr : '' };
}
