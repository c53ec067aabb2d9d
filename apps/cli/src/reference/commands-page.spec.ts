import { readFileSync } from 'node:fs';
import { Argument, Command } from 'commander';
import { expect, it } from 'vitest';
import { buildProgram } from '../program.js';
import { withCommands } from './commands-page.js';

const page = readFileSync(new URL('../../../../docs/cli.md', import.meta.url), 'utf8');

it('finds in docs/cli.md the commands as they are (else: npm run generate -w @tandem/cli)', async () => {
  expect(withCommands(page, await buildProgram())).toBe(page);
});

it('writes a command’s arguments, flags, defaults, choices, variables and examples', () => {
  const run = new Command('run')
    .description('train')
    .addArgument(new Argument('[what]', 'of these').choices(['a', 'b']))
    .requiredOption('--out <a|b>', 'where to')
    .option('--max-steps <k>', 'so many', '3')
    .addHelpText('after', '\nExample:\n  x run');
  const text = withCommands(page, new Command('x').addCommand(run));
  expect(text).toContain('| [`x run`](#x-run) | train |');
  expect(text).toContain('## x run\n\nTrain.\n');
  expect(text).toContain('| `[what]` | of these: `a`, `b` | |');
  expect(text).toContain('| `--out <a\\|b>` | **required**: where to | `TANDEM_OUT` |');
  expect(text).toContain('| `--max-steps <k>` | so many (default: `3`) | `TANDEM_MAX_STEPS` |');
  expect(text).toContain('```\nExample:\n  x run\n```');
  expect(() => withCommands('none', run)).toThrow('no "<!-- begin');
});
