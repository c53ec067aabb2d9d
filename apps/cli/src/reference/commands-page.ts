import type { Argument, Command, Option } from 'commander';
import { variableOf } from '../launching/environment-flags.js';

/** Between which the table of commands stands in docs/cli.md. */
const [BEGIN, END] = ['<!-- begin of what npm run generate -w @tandem/cli writes -->', '<!-- end -->'];

/** `page` with what stands between its marks written anew from the program. Throws where the marks are missing. */
export function withCommands(page: string, program: Command): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the page has no "${BEGIN}" and "${END}" after it`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${commandsText(program)}\n${page.slice(end)}`;
}

function commandsText(program: Command): string {
  const commands = leaves(program);
  const index = commands.map(([name, command]) => `| [\`${name}\`](#${slug(name)}) | ${cell(command.description())} |`);
  return `${['| command | |', '|---|---|', ...index].join('\n')}\n\n${commands.map(commandText).join('\n')}`;
}

/** Commands that do something, with their whole names, in the order of the help. */
function leaves(command: Command, name = command.name()): [name: string, command: Command][] {
  const children = command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help');
  if (children.length === 0) return [[name, command]];
  return children.flatMap((child) => leaves(child, `${name} ${child.name()}`));
}

function commandText([name, command]: [string, Command]): string {
  const parts = command.registeredArguments.map(
    (argument) => `| \`${nameOf(argument)}\` | ${cell(argument.description)}${choices(argument.argChoices)} | |`,
  );
  const flags = command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => option.long !== '--help')
    .map((option) => {
      const variable = variableOf(command, option);
      return `| \`${option.flags.replaceAll('|', '\\|')}\` | ${described(option)} | ${variable === undefined ? '' : `\`${variable}\` `}|`;
    });
  const table = ['| | | variable |', '|---|---|---|', ...parts, ...flags];
  return [
    `## ${name}\n`,
    `${sentence(command.description())}\n`,
    ...(table.length > 2 ? [`${table.join('\n')}\n`] : []),
    ...(textAfter(command) === '' ? [] : [`\`\`\`\n${textAfter(command)}\n\`\`\`\n`]),
  ].join('\n');
}

function nameOf(argument: Argument): string {
  const shown = `${argument.name()}${argument.variadic ? '…' : ''}`;
  return argument.required ? `<${shown}>` : `[${shown}]`;
}

function described({ description, mandatory, defaultValue, argChoices }: Option): string {
  const preset =
    defaultValue === undefined || defaultValue === false ? '' : ` (default: \`${cell(String(defaultValue))}\`)`;
  return `${mandatory ? '**required**: ' : ''}${cell(description)}${choices(argChoices)}${preset}`;
}

function choices(values: readonly string[] | undefined): string {
  return values === undefined ? '' : `: ${values.map((value) => `\`${value}\``).join(', ')}`;
}

/** What a help has after its flags: examples and remarks. */
function textAfter(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  const [, after = ''] = text.split(/\n {2}-h, --help.*\n/);
  return after.trim();
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '\\<').replaceAll('\n', ' ');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1).replaceAll('<', '\\<')}${text.endsWith('.') ? '' : '.'}`;
}

/** As GitHub makes one of a heading. */
function slug(heading: string): string {
  return heading.toLowerCase().replaceAll(' ', '-');
}
