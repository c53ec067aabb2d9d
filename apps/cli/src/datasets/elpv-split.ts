import { ConfigurationError, RandomStream, StreamPurpose } from '@tandem/core';
import { permutation } from '@tandem/dataset';

export type ElpvClass = 'defective' | 'functional';
export type ElpvPart = 'train' | 'eval';

export interface ElpvLabel {
  /** As in the archive's data folder: "images/cell0001.png". */
  readonly image: string;
  readonly defectProbability: number;
}

export interface ElpvSample {
  readonly image: string;
  readonly part: ElpvPart;
  readonly class: ElpvClass;
}

const CLASSES: readonly ElpvClass[] = ['defective', 'functional'];
const EVAL_SHARE = 0.25;
const SPLIT_SEED = 0;

/** Reads labels.csv, which is separated by spaces: image, defect probability, cell type. */
export function parseElpvLabels(text: string, where: string): ElpvLabel[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, index) => {
      const [image, probability] = line.trim().split(/\s+/);
      const defectProbability = Number(probability);
      if (
        image === undefined ||
        !/^images\/[\w.-]+\.png$/.test(image) ||
        !(defectProbability >= 0 && defectProbability <= 1)
      )
        throw new ConfigurationError({
          code: 'TANDEM_DATA_LABELS',
          what: `line ${index + 1} is "${line}"`,
          where,
          expected: 'an image, its defect probability and its cell type, such as "images/cell0001.png  1.0  mono"',
        });
      return { image, defectProbability };
    });
}

/**
 * The fixed split: defective is a probability above ½, and of each class a quarter, drawn with seed 0 from the images in
 * the order of their names, is for evaluation. Samples come back in that order.
 */
export function splitElpv(labels: readonly ElpvLabel[]): ElpvSample[] {
  const samples: ElpvSample[] = [];
  for (const [stratum, name] of CLASSES.entries()) {
    const images = labels
      .filter(({ defectProbability }) => defectProbability > 0.5 === (name === 'defective'))
      .map(({ image }) => image)
      .sort();
    const order = permutation(new RandomStream(SPLIT_SEED, StreamPurpose.split, stratum), images.length);
    const held = new Set(order.subarray(0, Math.round(images.length * EVAL_SHARE)));
    images.forEach((image, index) => samples.push({ image, part: held.has(index) ? 'eval' : 'train', class: name }));
  }
  return samples;
}
