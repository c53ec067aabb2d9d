import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();
/** What has no place of its own on a screen: controls, and marks that turn the direction of writing. */
const INVISIBLE = /[\p{Cc}\p{Cf}]+/gu;

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** A text that takes exactly so many columns: cut with an ellipsis, or filled with spaces. */
export function fit(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const cutText = cut(text, columns);
  const space = ' '.repeat(columns - widthOf(cutText));
  return align === 'left' ? cutText + space : space + cutText;
}

/** The beginning of a text, that takes at most so many columns; an ellipsis where something is missing. Line ends become spaces. */
export function cut(text: string, columns: number): string {
  const clean = text.replace(/\s/g, ' ').replace(INVISIBLE, '');
  if (widthOf(clean) <= columns) return clean;
  let kept = '';
  let width = 0;
  for (const { segment } of graphemes.segment(clean)) {
    width += widthOf(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return columns > 0 ? `${kept}…` : '';
}
