import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours a text whose place is settled already. */
export type Paint = (style: Style, text: string) => string;

export const inColour: Paint = (style, text) => styleText(style, text);
export const plain: Paint = (_, text) => text;
