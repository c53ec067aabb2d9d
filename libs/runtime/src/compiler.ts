import { setupError } from './errors.js';
import { type CommandOptions, runCommand } from './run-command.js';

export interface Compiler {
  readonly command: string;
  /** The first line of `--version`. */
  readonly version: string;
}

/** A C++ compiler: `CXX`, g++, c++ or clang++. Throws `TANDEM_SETUP_NO_COMPILER`. */
export async function findCompiler(options: CommandOptions): Promise<Compiler> {
  const named = options.environment['CXX'];
  const candidates = named ? [named] : ['g++', 'c++', 'clang++'];
  for (const command of candidates) {
    const { status, stdout } = await runCommand(command, ['--version'], options);
    if (status === 0) return { command, version: stdout.split('\n')[0] ?? '' };
  }
  throw setupError('TANDEM_SETUP_NO_COMPILER', {
    what: `there is no C++ compiler (tried ${candidates.join(', ')})`,
    expected: 'one that knows C++17, to build the TensorFlow.js binding (8 s)',
    remedy: 'Install it (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++) or name one with CXX.',
  });
}
