import { readFileSync, writeFileSync } from 'node:fs';
import { buildProgram } from './src/program.js';
import { withCommands } from './src/reference/commands-page.js';

// Writes the commands into docs/cli.md: `npm run generate -w @tandem/cli`, after a change of a command.

const file = new URL('../../docs/cli.md', import.meta.url);
writeFileSync(file, withCommands(readFileSync(file, 'utf8'), await buildProgram()));
