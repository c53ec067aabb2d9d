import { Command } from 'commander';
import { findRuns, isRunDirectory, runsNotFound } from '../runs/find-runs.js';
import { runDetailText } from '../runs/run-detail-text.js';
import { type RunSummary, summarizeRun } from '../runs/run-summary.js';
import { runsText } from '../runs/runs-text.js';

/** `tandem runs`: what became of the runs in a folder, or of one. Rejects with a ConfigurationError (`TANDEM_RUNS_NOT_FOUND`). */
export function runsCommand(): Command {
  return new Command('runs')
    .description('list runs with their status, last step and best error; or say all of one')
    .argument('[dir]', 'a folder with run directories, or one of them', 'runs')
    .option('--json', 'one JSON object a run')
    .addHelpText('after', '\nExamples:\n  tandem runs\n  tandem runs runs/elpv')
    .action(async (directory: string, { json }: { json?: true }) => {
      const isOne = isRunDirectory(directory);
      const found = isOne ? [directory] : findRuns(directory);
      if (found.length === 0) throw runsNotFound(directory, 'there is no run in this folder');
      const runs = await Promise.all(found.map(summarizeRun));
      process.stdout.write(json ? runs.map(jsonLine).join('') : isOne ? runDetailText(runs[0]!) : runsText(runs));
    });
}

function jsonLine(run: RunSummary): string {
  return `${JSON.stringify(run)}\n`;
}
