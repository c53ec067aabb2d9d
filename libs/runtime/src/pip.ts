import { setupError } from './errors.js';
import { type CommandOptions, runCommand } from './run-command.js';

/**
 * Runs pip so that it ends when the set-up does, even by SIGKILL: prctl(PR_SET_PDEATHSIG, SIGTERM). It prints nothing into a
 * pipe, so it would not notice, and go on with hundreds of megabytes.
 */
const RUN_PIP = `
import ctypes, runpy
try:
    ctypes.CDLL(None).prctl(1, 15)
except Exception:
    pass
runpy.run_module("pip", run_name="__main__", alter_sys=True)
`;

/** The command that runs the pip of `TANDEM_PYTHON`, python3 or python. Throws `TANDEM_SETUP_NO_PIP`. */
export async function findPip(options: CommandOptions): Promise<readonly [string, ...string[]]> {
  const named = options.environment['TANDEM_PYTHON'];
  const tried: string[] = [];
  for (const python of named ? [named] : ['python3', 'python']) {
    const { status, lastLines } = await runCommand(python, ['-m', 'pip', '--version'], options);
    if (status === 0) return [python, '-c', RUN_PIP];
    tried.push(status === 127 ? `${python}: not found` : `${python}: ${lastLines.split('\n').at(-1) ?? ''}`);
  }
  throw setupError('TANDEM_SETUP_NO_PIP', {
    what: `there is no Python with pip (${tried.join('; ')})`,
    expected: 'python3 3.8 or newer with its pip, which fetches the TensorFlow wheel',
    remedy:
      'Install it (Debian, Ubuntu: apt install python3-pip; Fedora: dnf install python3-pip), name one with TANDEM_PYTHON, or name an installed TensorFlow with --libtensorflow.',
  });
}
