import { runConfigSchema } from './schema.js';

/** What of a zod schema is looked at. */
interface Schema {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly def?: { readonly innerType?: unknown; readonly options?: readonly unknown[] };
}

/** The keys that the schema knows at `path`. */
export function knownKeys(path: readonly string[]): string[] {
  let node: unknown = runConfigSchema;
  for (const key of path) node = (shapeOf(node) ?? {})[key];
  return Object.keys(shapeOf(node) ?? {});
}

/** Every key of the schema as a path, sections before what is in them. */
export function allKeys(path: readonly string[] = []): (readonly string[])[] {
  return knownKeys(path).flatMap((key) => [[...path, key], ...allKeys([...path, key])]);
}

/** The shape of the object schema under its wrappers (readonly, default, prefault, optional); of a union, all its objects'. */
function shapeOf(node: unknown): Record<string, unknown> | undefined {
  let current = node as Schema | undefined;
  while (current !== undefined && current.shape === undefined && current.def?.options === undefined)
    current = current.def?.innerType as Schema | undefined;
  const options = current?.def?.options;
  return options === undefined
    ? current?.shape
    : (Object.assign({}, ...options.map((option) => shapeOf(option) ?? {})) as Record<string, unknown>);
}
