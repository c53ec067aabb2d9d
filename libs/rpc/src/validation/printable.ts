// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f]+/g;

/** What a stranger sent, fit for a terminal and a line of a log: no controls, and not more than so much. */
export function printable(text: string, characters = 500): string {
  const clean = text.replace(CONTROLS, ' ');
  return clean.length <= characters ? clean : `${clean.slice(0, characters)}…`;
}
