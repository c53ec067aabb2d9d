import { Command, Help, type Option } from 'commander';
import { readEnvironment, variableOf } from './launching/environment-flags.js';
import { TANDEM_VERSION } from './version.js';

/** What each command is made by. Its code, and all that it rests on, is loaded when it is wanted: all of it takes a second. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  setup: async () => (await import('./commands/setup.js')).setupCommand(),
  doctor: async () => (await import('./commands/doctor.js')).doctorCommand(),
  data: async () => (await import('./commands/data.js')).dataCommand(),
  run: async () => (await import('./commands/run.js')).runCommand(),
  coordinator: async () => (await import('./commands/coordinator.js')).coordinatorCommand(),
  worker: async () => (await import('./commands/worker.js')).workerCommand(),
  status: async () => (await import('./commands/status.js')).statusCommand(),
  batch: async () => (await import('./commands/batch.js')).batchCommand(),
  preview: async () => (await import('./commands/preview.js')).previewCommand(),
  eval: async () => (await import('./commands/eval.js')).evalCommand(),
  predict: async () => (await import('./commands/predict.js')).predictCommand(),
  export: async () => (await import('./commands/export.js')).exportCommand(),
  certs: async () => (await import('./commands/certs.js')).certsCommand(),
  logs: async () => (await import('./commands/logs.js')).logsCommand(),
  runs: async () => (await import('./commands/runs.js')).runsCommand(),
  compare: async () => (await import('./commands/compare.js')).compareCommand(),
  config: async () => (await import('./commands/config.js')).configCommand(),
  completion: async () => (await import('./commands/completion.js')).completionCommand(),
};

/** The `tandem` command with all its commands. */
export function buildProgram(): Promise<Command> {
  return programWith(Object.keys(COMMANDS));
}

/** As much of the `tandem` command as these arguments need: the command that they name, or all for help and for a name that is none. */
export function buildProgramFor([name]: readonly string[]): Promise<Command> {
  const isAlone = name !== undefined && name !== 'completion' && Object.hasOwn(COMMANDS, name);
  return isAlone ? programWith([name]) : buildProgram();
}

async function programWith(names: readonly string[]): Promise<Command> {
  const program = new Command('tandem')
    .description('Distributed data-parallel training for TensorFlow.js on Node')
    .version(TANDEM_VERSION)
    .showHelpAfterError('(add --help for the options)')
    .hook('preSubcommand', (_, command) => readEnvironment(command))
    .exitOverride();
  for (const command of await Promise.all(names.map((name) => COMMANDS[name]!()))) {
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
