import { allCommands, type CompletedCommand, type Completes } from './command-tree.js';

/** A script that zsh loads as `_tandem` from its fpath, or by `source`; with descriptions. */
export function zshCompletion(program: string, tree: CompletedCommand): string {
  const functions = allCommands(tree).map((command) => functionOf(program, command));
  return `#compdef ${program}
# zsh completion of ${program}: source <(${program} completion zsh), after compinit
${functions.join('\n')}
if [[ $funcstack[1] == _${program} ]]; then
  _${program} "$@"
else
  compdef _${program} ${program}
fi
`;
}

function functionOf(program: string, { path, options, arguments: given, commands }: CompletedCommand): string {
  const name = nameOf(program, path);
  const specs = options.map(({ flag, description, value }) => {
    const action = value === undefined ? '' : `:${escaped(value.name)}:${actionOf(value.completes)}`;
    // Those that may be given several times say so in their description.
    const repeated = /several times/.test(description) ? '*' : '';
    return quoted(`${repeated}${flag}[${escaped(description)}]${action}`);
  });
  if (commands.length === 0) {
    const places = given.map(({ name: argument, isVariadic, completes }, index) =>
      quoted(`${isVariadic ? '*' : index + 1}:${escaped(argument)}:${actionOf(completes)}`),
    );
    return `${name}() {\n  _arguments ${[...specs, ...places].join(' \\\n    ')}\n}`;
  }
  const described = commands.map(({ path: child, description }) =>
    quoted(`${child.at(-1)!}:${description.replaceAll(':', '\\:')}`),
  );
  const cases = commands.map(({ path: child }) => `        ${child.at(-1)!}) ${nameOf(program, child)} ;;`);
  return `${name}() {
  local state line
  local -a commands=(${described.join(' ')})
  _arguments -C ${[...specs, "'1:command:->command'", "'*::argument:->argument'"].join(' \\\n    ')}
  case $state in
    command) _describe command commands ;;
    argument)
      case $words[1] in
${cases.join('\n')}
      esac ;;
  esac
}`;
}

function nameOf(program: string, path: readonly string[]): string {
  return ['', program, ...path].join('_').replaceAll('-', '_');
}

function actionOf(completes: Completes): string {
  switch (completes.kind) {
    case 'choices':
      return `(${completes.choices.join(' ')})`;
    case 'files':
      return '_files';
    case 'folders':
      return '_files -/';
    case 'text':
      return ' ';
  }
}

/** For the parts of a spec of _arguments. */
function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
