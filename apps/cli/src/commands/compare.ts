import { Command } from 'commander';
import { openComparedRun } from '../compare/compared-runs.js';
import { comparisonText } from '../compare/comparison-text.js';
import { writeWhole } from '../write-whole.js';

interface CompareFlags {
  readonly out: string;
  readonly title: string;
}

/** `tandem compare`: runs beside each other. Rejects with ConfigurationErrors (`TANDEM_RUNS_NOT_FOUND`, `TANDEM_OUT_NOT_WRITABLE`). */
export function compareCommand(): Command {
  return new Command('compare')
    .description('runs beside each other: ends, configurations, whether their losses are the same; and their curves')
    .argument('<run...>', 'run directories; LABEL=DIR names one in the picture')
    .option('--out <file>', 'where to draw the curves, SVG', 'compare.svg')
    .option('--title <text>', 'above the curves', 'Runs')
    .addHelpText(
      'after',
      '\nExamples:\n  tandem compare runs/two-workers runs/three-workers' +
        '\n  tandem compare paper=runs/paper caffe=runs/caffe --title ELPV --out elpv.svg',
    )
    .action(async (directories: readonly string[], { out, title }: CompareFlags) => {
      const runs = directories.map(openComparedRun);
      process.stdout.write(comparisonText(runs));
      // Loaded where it is used: drawing takes a library that no other command needs.
      const { drawComparison } = await import('../compare/draw-comparison.js');
      await writeWhole(out, Buffer.from(drawComparison(runs, title)));
      process.stdout.write(`The curves are in ${out}\n`);
    });
}
