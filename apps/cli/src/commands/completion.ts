import { Argument, Command } from 'commander';
import { bashCompletion } from '../completion/bash.js';
import { commandTree, type CompletedCommand } from '../completion/command-tree.js';
import { fishCompletion } from '../completion/fish.js';
import { zshCompletion } from '../completion/zsh.js';

const scripts: Readonly<Record<string, (program: string, tree: CompletedCommand) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** `tandem completion`: a script by which a shell completes commands and flags, made from the commands as they are. */
export function completionCommand(): Command {
  return new Command('completion')
    .description('print the script by which a shell completes commands, flags and files')
    .addArgument(new Argument('<shell>', 'your shell').choices(Object.keys(scripts)))
    .addHelpText(
      'after',
      '\nIt completes `tandem`, not `npx tandem`: put node_modules/.bin of the clone into PATH.' +
        '\n\nExamples:\n  source <(tandem completion bash)                     # in ~/.bashrc' +
        '\n  source <(tandem completion zsh)                      # in ~/.zshrc, after compinit' +
        '\n  tandem completion fish > ~/.config/fish/completions/tandem.fish',
    )
    .action((shell: string, _: unknown, command: Command) => {
      const program = command.parent!;
      process.stdout.write(scripts[shell]!(program.name(), commandTree(program)));
    });
}
