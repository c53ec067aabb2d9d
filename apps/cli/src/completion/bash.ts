import { allCommands, type CompletedCommand, type CompletedOption } from './command-tree.js';

/**
 * A script for bash 3.2 and newer, without the bash-completion package. Where it has no words to offer, bash offers files, as the
 * default of `complete` says.
 */
export function bashCompletion(program: string, tree: CompletedCommand): string {
  const commands = allCommands(tree);
  const known = commands.filter(({ path }) => path.length > 0).map(({ path }) => quoted(` ${path.join(' ')}`));
  const values = commands.flatMap(({ path, options }) => options.flatMap((option) => ofValue(path, option)));
  return `# bash completion of ${program}: source <(${program} completion bash)
_${program}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}" at="" word words="" options=""
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
      ${known.join(' | ')}) at="$at $word" ;;
    esac
  done
  case "$at $before" in
${values.join('\n')}
  esac
  case "$at" in
${commands.map(ofCommand).join('\n')}
  esac
  if [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -o default -F _${program} ${program}
`;
}

function ofValue(path: readonly string[], { flag, value }: CompletedOption): string[] {
  if (value === undefined) return [];
  const after = quoted(['', ...path, flag].join(' '));
  const { completes } = value;
  if (completes.kind !== 'choices') return [`    ${after}) return ;;`];
  return [`    ${after}) COMPREPLY=($(compgen -W ${quoted(completes.choices.join(' '))} -- "$current")); return ;;`];
}

function ofCommand({ path, options, commands, arguments: given }: CompletedCommand): string {
  const words = [
    ...commands.map((command) => command.path.at(-1)!),
    ...given.flatMap(({ completes }) => (completes.kind === 'choices' ? completes.choices : [])),
  ];
  const flags = options.map(({ flag }) => flag);
  return `    ${quoted(['', ...path].join(' '))}) words=${quoted(words.join(' '))} options=${quoted(flags.join(' '))} ;;`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
