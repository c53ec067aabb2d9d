import { readFileSync } from 'node:fs';

/** What a Containerfile's instructions are here; others are refused, so that nothing is passed over in silence. */
const KNOWN = new Set(['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'ARG', 'SHELL', 'USER', 'ENTRYPOINT', 'CMD']);

/**
 * The stages of a Containerfile: what each begins `from`, its `name`, and its `steps` in order, an instruction and its text each.
 * Comments are left out, and lines that are continued are joined.
 */
export function readStages(file) {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n');
  const stages = [];
  for (const line of lines) {
    const [, instruction, text] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    if (!KNOWN.has(instruction)) throw new Error(`${file}: unknown instruction in "${line}"`);
    if (instruction === 'FROM') {
      const [, from, name] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(text);
      stages.push({ from, name: name ?? 'last', steps: [] });
    } else stages.at(-1).steps.push({ instruction, text });
  }
  return stages;
}

/** `KEY=value KEY="value"` as an object. */
export function readVariables(text) {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)=("[^"]*"|\S+)/g)].map(([, key, value]) => [key, value.replaceAll('"', '')]),
  );
}
