import { z } from 'zod';
import { runConfigSchema } from './schema.js';

/** What of a JSON Schema is looked at. */
interface Node {
  description?: string;
  properties?: Record<string, Node>;
  anyOf?: Node[];
  oneOf?: Node[];
}

/**
 * The schema of a configuration file as JSON Schema (draft 7, which editors read), with a description of each key from
 * the table of docs/configuration.md. Throws an Error that names a key without one.
 */
export function configJsonSchema(documentation: string): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(runConfigSchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      // Of the type in TypeScript: an editor would take it for a key that must not be written.
      delete jsonSchema.readOnly;
      // Where whole numbers end is no news.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  const descriptions = keyDescriptions(documentation);
  describeKeys(schema as Node, '', descriptions);
  return {
    $schema,
    title: 'Tandem run configuration',
    description: 'A configuration file of Tandem; docs/configuration.md explains each key.',
    ...schema,
  };
}

/** By key, what the table says of it; keys of one row share that. */
export function keyDescriptions(documentation: string): ReadonlyMap<string, string> {
  const rows = documentation.split('\n').filter((line) => line.startsWith('| `'));
  return new Map(
    rows.flatMap((row) => {
      const [keys = '', byDefault = '', text = ''] = row
        .split(/(?<!\\)\|/)
        .slice(1)
        .map((cell) => plain(cell.trim()));
      const description = [text, byDefault === '' ? '' : `Default: ${byDefault}`].filter(Boolean).join('. ');
      return keys.split(', ').map((key) => [key, description] as const);
    }),
  );
}

function describeKeys(node: Node, path: string, descriptions: ReadonlyMap<string, string>): void {
  for (const [name, property] of Object.entries(node.properties ?? {})) {
    const key = path === '' ? name : `${path}.${name}`;
    const description = descriptions.get(key);
    if (description !== undefined) property.description = description;
    // Sections explain themselves; what is in a key's own object is explained with the key.
    else if (key.split('.').length === 2) throw new Error(`docs/configuration.md does not explain ${key}`);
    if (!key.includes('.')) describeKeys(property, key, descriptions);
  }
}

/** Without the marks of Markdown. */
function plain(markdown: string): string {
  return markdown
    .replace(/ ?\(\[[^\]]*\]\([^)]*\)\)/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('\\|', '|')
    .replaceAll('`', '');
}
