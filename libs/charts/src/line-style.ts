/** Okabe and Ito's, which most colour-blind people can tell apart, without their yellow: it is pale on white. */
export const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#56B4E9', '#E69F00', '#000000'] as const;

const DASHES = ['solid', 'dashed', 'dotted'] as const;

export interface LineStyle {
  readonly colour: string;
  readonly dash: (typeof DASHES)[number];
}

/** How the line of the thing of this number looks, wherever it is drawn: beyond the colours they come again, dashed. */
export function lineStyle(index: number): LineStyle {
  return {
    colour: COLOURS[index % COLOURS.length]!,
    dash: DASHES[Math.floor(index / COLOURS.length) % DASHES.length]!,
  };
}
