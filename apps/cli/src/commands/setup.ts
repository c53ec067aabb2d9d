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
    .action(async (options: SetupOptions) => {
      const interrupted = new AbortController();
      const onInterrupt = () =>
        interrupted.abort(new Error('interrupted; `tandem setup` goes on from what is complete'));
      process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt);
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
      } finally {
        line.end();
        process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt);
      }
    });
}
