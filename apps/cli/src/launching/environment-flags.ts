import { ConfigurationError } from '@tandem/core';
import { type Command, InvalidArgumentError, type Option } from 'commander';
import { type Environment, schedulerFlags } from './scheduler.js';

/** Commands whose flags may be in the environment. */
const COMMANDS = new Set(['run', 'coordinator', 'worker', 'status']);

/** Read where credentials are, together with what goes with them (SECURITY.md). */
const READ_ELSEWHERE = new Set(['certs', 'tlsCert', 'tlsKey', 'tlsCa', 'tokenFile']);

/** `--max-steps` is TANDEM_MAX_STEPS; undefined for flags that are not read from the environment by this module. */
export function variableOf(command: Command, option: Option): string | undefined {
  const name = option.attributeName();
  if (!COMMANDS.has(command.name()) || READ_ELSEWHERE.has(name)) return undefined;
  return `TANDEM_${option.name().replaceAll('-', '_').toUpperCase()}`;
}

/**
 * Sets what the command line may still override: a flag's TANDEM_ variable, or else what a scheduler's environment says.
 * An empty variable is none. Throws a ConfigurationError (`TANDEM_ENVIRONMENT`) that names the variable.
 */
export function readEnvironment(command: Command, environment: Environment = process.env): void {
  if (!COMMANDS.has(command.name())) return;
  const scheduled = schedulerFlags(command.name(), environment);
  for (const option of command.options) {
    const name = option.attributeName();
    const variable = variableOf(command, option);
    const text = variable === undefined ? undefined : environment[variable];
    if (variable !== undefined && text !== undefined && text !== '')
      command.setOptionValueWithSource(name, parse(option, text, variable), 'TANDEM_ variable');
    else if (scheduled[name] !== undefined) command.setOptionValueWithSource(name, scheduled[name], 'scheduler');
  }
}

function parse(option: Option, text: string, variable: string): unknown {
  try {
    if (option.isBoolean()) return booleanOf(text);
    if (isRepeatable(option))
      return text
        .split(/[\s;]+/)
        .filter((part) => part !== '')
        .reduce<unknown>((earlier, part) => parseOne(option, part, earlier), undefined);
    return parseOne(option, text, undefined);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new ConfigurationError({
      code: 'TANDEM_ENVIRONMENT',
      what: `"${text}" does not do. ${error.message.replace(/\.$/, '')}`,
      where: variable,
      remedy: `It stands for ${option.flags}; unset it, or give the flag.`,
    });
  }
}

function parseOne(option: Option, text: string, earlier: unknown): unknown {
  return option.parseArg === undefined ? text : option.parseArg(text, earlier as never);
}

/** `--set`: settings one after another, apart by white space or semicolons. */
function isRepeatable(option: Option): boolean {
  return option.attributeName() === 'set';
}

function booleanOf(text: string): boolean {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(0|false|no|off)$/i.test(text)) return false;
  throw new InvalidArgumentError('Expected 1 or 0, true or false, yes or no, on or off.');
}
