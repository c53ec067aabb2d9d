import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { configJsonSchema } from './src/config/json-schema.js';

// Writes schemas/run-config.schema.json: `npm run generate -w @tandem/core`, after a change of the schema or of docs/configuration.md.

const root = new URL('../../', import.meta.url);
const documentation = readFileSync(new URL('docs/configuration.md', root), 'utf8');
mkdirSync(new URL('schemas/', root), { recursive: true });
writeFileSync(
  new URL('schemas/run-config.schema.json', root),
  `${JSON.stringify(configJsonSchema(documentation), undefined, 2)}\n`,
);
