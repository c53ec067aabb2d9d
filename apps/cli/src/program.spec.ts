import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { buildProgram } from './program.js';

function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
}

/** As it is printed. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

it.each(leaves(await buildProgram()).map((command) => [nameOf(command), command] as const))(
  '%s --help has an example of it',
  (name, command) => {
    const [, examples = ''] = helpOf(command).split(/\nExamples?:\n/);
    expect(examples).toContain(name);
    expect(command.description()).not.toBe('');
  },
);
