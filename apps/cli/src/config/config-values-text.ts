import type { ConfigOrigin, ConfigValue } from '@tandem/core';
import { stringify } from 'yaml';

/** YAML with a comment at each value that says where it comes from; and which keys have no value yet. */
export function configValuesText(values: readonly ConfigValue[], open: readonly string[]): string {
  const lines: { readonly text: string; readonly comment: string }[] = [];
  let above: readonly string[] = [];
  for (const { path, value, origin } of values) {
    const sections = path.slice(0, -1);
    for (const [depth, section] of sections.entries()) {
      if (sections.slice(0, depth + 1).every((name, at) => above[at] === name)) continue;
      lines.push({ text: `${'  '.repeat(depth)}${section}:`, comment: '' });
    }
    above = sections;
    lines.push({ text: `${'  '.repeat(sections.length)}${path.at(-1)!}: ${inline(value)}`, comment: describe(origin) });
  }
  const width = Math.max(...lines.map(({ text }) => text.length));
  const shown = lines.map(({ text, comment }) => (comment === '' ? text : `${text.padEnd(width)}  # ${comment}`));
  return [...shown, ...openText(open), ''].join('\n');
}

function openText(open: readonly string[]): string[] {
  if (open.length === 0) return [];
  return ['', '# Not set, see docs/configuration.md for what that means:', ...open.map((key) => `#   ${key}`)];
}

function describe(origin: ConfigOrigin): string {
  switch (origin.from) {
    case 'file':
      return origin.line === undefined ? 'file' : `file, line ${origin.line}`;
    case 'set':
      return `--set ${origin.setting}`;
    case 'default':
      return 'default';
  }
}

function inline(value: unknown): string {
  return stringify(value, undefined, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd();
}
