import { Command, Help, type Option } from 'commander';
import { batchCommand } from './commands/batch.js';
import { certsCommand } from './commands/certs.js';
import { compareCommand } from './commands/compare.js';
import { completionCommand } from './commands/completion.js';
import { configCommand } from './commands/config.js';
import { coordinatorCommand } from './commands/coordinator.js';
import { dataCommand } from './commands/data.js';
import { doctorCommand } from './commands/doctor.js';
import { evalCommand } from './commands/eval.js';
import { exportCommand } from './commands/export.js';
import { logsCommand } from './commands/logs.js';
import { predictCommand } from './commands/predict.js';
import { previewCommand } from './commands/preview.js';
import { runCommand } from './commands/run.js';
import { runsCommand } from './commands/runs.js';
import { setupCommand } from './commands/setup.js';
import { statusCommand } from './commands/status.js';
import { workerCommand } from './commands/worker.js';
import { readEnvironment, variableOf } from './launching/environment-flags.js';
import { TANDEM_VERSION } from './version.js';

/** The `tandem` command. */
export function buildProgram(): Command {
  const program = new Command('tandem')
    .description('Distributed data-parallel training for TensorFlow.js on Node')
    .version(TANDEM_VERSION)
    .showHelpAfterError('(add --help for the options)')
    .hook('preSubcommand', (_, command) => readEnvironment(command))
    .exitOverride();
  const commands = [
    setupCommand(),
    doctorCommand(),
    dataCommand(),
    runCommand(),
    coordinatorCommand(),
    workerCommand(),
    statusCommand(),
    batchCommand(),
    previewCommand(),
    evalCommand(),
    predictCommand(),
    exportCommand(),
    certsCommand(),
    logsCommand(),
    runsCommand(),
    compareCommand(),
    configCommand(),
    completionCommand(),
  ];
  for (const command of commands) {
    program.addCommand(withSettingsOf(program, command));
    command.configureHelp({ optionDescription: (option) => describedWithVariable(command, option) });
  }
  return program;
}

/** The help of a command says which variable a flag is read from, too. */
function describedWithVariable(command: Command, option: Option): string {
  const variable = variableOf(command, option);
  const description = Help.prototype.optionDescription(option);
  return variable === undefined ? description : `${description} (${variable})`;
}

/** A command made by itself, and its own commands. */
function withSettingsOf(parent: Command, command: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) withSettingsOf(command, child);
  return command;
}
