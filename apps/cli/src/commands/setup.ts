import { INTERRUPTED_EXIT_CODE, onStopSignals } from '@tandem/core';
import { provisionRuntime } from '@tandem/runtime';
import { Command, Option } from 'commander';
import { SetupProgressLine } from './setup-progress-line.js';

interface SetupOptions {
  readonly flavour: 'auto' | 'cpu' | 'cuda';
  readonly libtensorflow?: string;
}

/** `tandem setup`: makes the native TensorFlow ready. Rejects with the errors of `provisionRuntime`. */
export function setupCommand(): Command {
  return new Command('setup')
    .description('fetch TensorFlow and build its binding, once a machine')
    .addOption(
      new Option('--flavour <flavour>', 'auto: what an earlier set-up chose, else cuda where there is an NVIDIA driver')
        .choices(['auto', 'cpu', 'cuda'])
        .default('auto'),
    )
    .option('--libtensorflow <dir>', 'use the TensorFlow installed there (also TANDEM_LIBTENSORFLOW)')
    .addHelpText('after', '\nExamples:\n  tandem setup\n  tandem setup --flavour cpu')
    .action(async (options: SetupOptions) => {
      const interrupted = new AbortController();
      const stopListening = onStopSignals({
        stop: () => {
          interrupted.abort();
        },
        abort: () => process.exit(INTERRUPTED_EXIT_CODE),
      });
      const line = new SetupProgressLine(process.stderr);
      try {
        const runtime = await provisionRuntime({
          flavour: options.flavour,
          libtensorflow: options.libtensorflow,
          onProgress: (progress) => line.show(progress),
          signal: interrupted.signal,
        });
        line.end();
        process.stdout.write(
          `TensorFlow ${runtime.tensorflowVersion} (${runtime.flavour}) is ready in ${runtime.directory}\n`,
        );
      } catch (error) {
        if (!interrupted.signal.aborted) throw error;
        line.end();
        process.stderr.write('Interrupted; the next `tandem setup` goes on from what is complete.\n');
        process.exitCode = INTERRUPTED_EXIT_CODE;
      } finally {
        line.end();
        stopListening();
      }
    });
}
