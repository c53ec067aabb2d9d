import { INTERRUPTED_EXIT_CODE, onStopSignals } from '@tandem/core';
import { Terminal } from '@tandem/observability/logging';
import { Command } from 'commander';
import { DataProgress } from '../datasets/data-progress.js';
import { ELPV_NOTICE, fetchElpv, type FetchOptions } from '../datasets/elpv.js';
import { FASHION_MNIST_NOTICE, fetchFashionMnist } from '../datasets/fashion-mnist.js';
import type { LaidOut } from '../datasets/laid-out-folder.js';

/** `tandem data`: fetches real data sets and lays them out. Rejects with the ConfigurationErrors of fetching. */
export function dataCommand(): Command {
  return new Command('data')
    .description('fetch and lay out a real data set')
    .addCommand(
      new Command('elpv')
        .description('2,624 photographs of solar cells, defective or functional (for image-folder)')
        .argument('[dir]', 'where to lay it out', 'data/elpv')
        .option('--from <wheel>', 'the wheel of elpv-dataset 1.0.0.post1, if you have it')
        .addHelpText('after', '\nExample:\n  tandem data elpv data/elpv')
        .action((directory: string, { from }: { from?: string }) => lay(directory, from, ELPV_NOTICE, fetchElpv)),
    )
    .addCommand(
      new Command('fashion-mnist')
        .description('70,000 grey images of clothes, 28×28, ten classes (for idx)')
        .argument('[dir]', 'where to lay it out', 'data/fashion-mnist')
        .option('--from <dir>', 'a folder with the four IDX files, gzipped or not, if you have them')
        .addHelpText('after', '\nExample:\n  tandem data fashion-mnist data/fashion-mnist')
        .action((directory: string, { from }: { from?: string }) =>
          lay(directory, from, FASHION_MNIST_NOTICE, fetchFashionMnist),
        ),
    );
}

async function lay(
  directory: string,
  from: string | undefined,
  notice: string,
  fetch: (directory: string, options: FetchOptions) => Promise<LaidOut>,
): Promise<void> {
  const interrupted = new AbortController();
  const stop = () => {
    interrupted.abort();
  };
  const stopListening = onStopSignals({ stop, abort: () => process.exit(INTERRUPTED_EXIT_CODE) });
  const terminal = new Terminal(process.stderr);
  try {
    const progress = new DataProgress(terminal);
    const { manifest, found } = await fetch(directory, { progress, from, signal: interrupted.signal });
    terminal.close();
    const counts = Object.entries(manifest.counts).map(([place, count]) => `  ${place}: ${count}`);
    const state = found ? 'is in' : 'was laid out in';
    process.stdout.write(
      `${manifest.dataset} ${manifest.version} ${state} ${directory}\n${counts.join('\n')}\n${notice}\n`,
    );
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    terminal.writeLine('Interrupted; nothing was left behind.');
    process.exitCode = INTERRUPTED_EXIT_CODE;
  } finally {
    terminal.close();
    stopListening();
  }
}
