import { allCommands, type CompletedArgument, type CompletedCommand, type CompletedOption } from './command-tree.js';

/** A script that fish loads by `source`, or from its folder of completions. */
export function fishCompletion(program: string, tree: CompletedCommand): string {
  const lines = allCommands(tree).flatMap((command) => linesOf(program, command));
  return [
    `# fish completion of ${program}: ${program} completion fish | source`,
    `complete -c ${program} -f`,
    ...lines,
    '',
  ].join('\n');
}

function linesOf(program: string, command: CompletedCommand): string[] {
  const { path, options, arguments: given, commands } = command;
  const here = `complete -c ${program} -n ${quoted(conditionOf(path, commands))}`;
  return [
    ...commands.map((child) => `${here} -a ${child.path.at(-1)!} -d ${quoted(child.description)}`),
    ...options.map((option) => `${here} ${optionOf(option)}`),
    ...given.map((argument) => `${here} ${argumentOf(argument)}`),
  ];
}

function optionOf({ flag, description, value }: CompletedOption): string {
  const name = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
  const taken =
    value === undefined
      ? ''
      : value.completes.kind === 'choices'
        ? ` -x -a ${quoted(value.completes.choices.join(' '))}`
        : value.completes.kind === 'folders'
          ? " -x -a '(__fish_complete_directories)'"
          : value.completes.kind === 'files'
            ? ' -r -F'
            : ' -x';
  return `${name}${taken} -d ${quoted(description)}`;
}

function argumentOf({ completes }: CompletedArgument): string {
  switch (completes.kind) {
    case 'choices':
      return `-a ${quoted(completes.choices.join(' '))}`;
    case 'folders':
      return "-a '(__fish_complete_directories)'";
    case 'files':
      return '-F';
    case 'text':
      return '-f';
  }
}

/** Within the command, and none of those below it is named yet. */
function conditionOf(path: readonly string[], commands: readonly CompletedCommand[]): string {
  if (path.length === 0) return '__fish_use_subcommand';
  const within = path.map((name) => `__fish_seen_subcommand_from ${name}`);
  const below = commands.map((child) => child.path.at(-1)!).join(' ');
  const not = below === '' ? [] : [`not __fish_seen_subcommand_from ${below}`];
  return [...within, ...not].join('; and ');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
