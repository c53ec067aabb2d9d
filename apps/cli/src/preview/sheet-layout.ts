/** Where things are on a contact sheet, in pixels from its top left corner. */
export interface SheetLayout {
  readonly width: number;
  readonly height: number;
  /** So many pixels of the sheet, each way, show one of an image: small images are enlarged as they are. */
  readonly enlarge: number;
  /** Height and width of an image on the sheet. */
  readonly side: number;
  /** The top left corner of each image. */
  readonly places: readonly { readonly left: number; readonly top: number }[];
}

/** No image is shown smaller, so that its name has room. */
const LEAST_SIDE = 110;
/** Room for a title. */
const LEAST_WIDTH = 320;
export const MARGIN = 12;
export const TITLE_HEIGHT = 32;
export const CAPTION_HEIGHT = 38;

/** `count` images of `inputSize` × `inputSize` pixels in rows of `columns`, a title above and two lines below each. */
export function layOutSheet(count: number, inputSize: number, columns: number): SheetLayout {
  const enlarge = Math.max(1, Math.ceil(LEAST_SIDE / inputSize));
  const side = inputSize * enlarge;
  const across = Math.min(columns, count);
  const down = Math.ceil(count / across);
  const [right, below] = [side + MARGIN, side + CAPTION_HEIGHT];
  return {
    width: Math.max(LEAST_WIDTH, MARGIN + across * right),
    height: TITLE_HEIGHT + MARGIN + down * below,
    enlarge,
    side,
    places: Array.from({ length: count }, (_, at) => ({
      left: MARGIN + (at % across) * right,
      top: TITLE_HEIGHT + MARGIN + Math.floor(at / across) * below,
    })),
  };
}
