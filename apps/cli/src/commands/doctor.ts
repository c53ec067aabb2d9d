import { diagnose } from '@tandem/runtime';
import { Command } from 'commander';
import { diagnosisText } from './diagnosis-text.js';

const NOT_READY = 2;

/** `tandem doctor`: says what works on this machine. Sets exit code 2 if training cannot run. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('say what works on this machine and what does not')
    .option('--json', 'as one JSON object')
    .addHelpText('after', '\nExample:\n  tandem doctor')
    .action(async ({ json }: { json?: true }) => {
      const diagnosis = await diagnose();
      process.stdout.write(json ? `${JSON.stringify(diagnosis)}\n` : diagnosisText(diagnosis));
      if (!diagnosis.ok) process.exitCode = NOT_READY;
    });
}
