import type { Argument, Command, Option } from 'commander';

/** What a value is, for a shell that completes it. */
export type Completes =
  { readonly kind: 'files' | 'folders' | 'text' } | { readonly kind: 'choices'; readonly choices: readonly string[] };

export interface CompletedOption {
  /** `--config`, with its dashes. */
  readonly flag: string;
  readonly description: string;
  /** Undefined: it takes no value. */
  readonly value: { readonly name: string; readonly completes: Completes } | undefined;
}

export interface CompletedArgument {
  readonly name: string;
  readonly description: string;
  readonly isVariadic: boolean;
  readonly completes: Completes;
}

/** A command as a shell sees it. */
export interface CompletedCommand {
  /** `config check`; empty for the program itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly CompletedOption[];
  readonly arguments: readonly CompletedArgument[];
  readonly commands: readonly CompletedCommand[];
}

/** Everything that can be typed after the program's name. */
export function commandTree(command: Command, path: readonly string[] = []): CompletedCommand {
  return {
    path,
    description: command.description(),
    options: command.createHelp().visibleOptions(command).map(completedOption),
    arguments: command.registeredArguments.map(completedArgument),
    commands: command
      .createHelp()
      .visibleCommands(command)
      // Commander's own, which repeats what --help says.
      .filter((child) => child.name() !== 'help')
      .map((child) => commandTree(child, [...path, child.name()])),
  };
}

/** This command and all below it. */
export function allCommands(command: CompletedCommand): readonly CompletedCommand[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

function completedOption(option: Option): CompletedOption {
  const value = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1];
  return {
    flag: option.long ?? option.short!,
    description: option.description,
    value: value === undefined ? undefined : { name: value, completes: completes(value, option.argChoices) },
  };
}

function completedArgument(argument: Argument): CompletedArgument {
  const { description, variadic } = argument;
  const name = argument.name();
  return { name, description, isVariadic: variadic, completes: completes(name, argument.argChoices) };
}

/** By the name that the value has in the help. */
function completes(name: string, choices: readonly string[] | undefined): Completes {
  if (choices !== undefined) return { kind: 'choices', choices };
  if (/^(dir|run)/.test(name)) return { kind: 'folders' };
  return { kind: /^(file|path|wheel|image)/.test(name) ? 'files' : 'text' };
}
