import { imageFileRows } from '@tandem/dataset';
import { averageCrops, classify, softmax } from '@tandem/training';
import { Command } from 'commander';
import { addInferenceFlags, type InferenceFlags } from '../inference/inference-flags.js';
import { className } from '../inference/open-checkpoint.js';
import { openClassifier } from '../inference/open-classifier.js';

const BEST = 5;

export interface Prediction {
  readonly class: string;
  readonly label: number;
  readonly probability: number;
}

export interface PredictedImage {
  readonly image: string;
  /** The most probable first, at most five. */
  readonly predictions: readonly Prediction[];
}

/** `tandem predict`: what a checkpoint makes of images. Rejects with ConfigurationErrors. */
export function predictCommand(): Command {
  return addInferenceFlags(new Command('predict'))
    .description('the five most probable classes of images, by a checkpoint')
    .argument('<image...>', 'JPEG or PNG files')
    .addHelpText('after', '\nExample:\n  tandem predict --checkpoint runs/elpv/checkpoints/step-00000310 cell.png')
    .action(async (images: readonly string[], flags: InferenceFlags) => {
      for await (const predicted of predictImages(images, flags))
        process.stdout.write(flags.json ? `${JSON.stringify(predicted)}\n` : predictionText(predicted));
    });
}

export async function* predictImages(images: readonly string[], flags: InferenceFlags): AsyncGenerator<PredictedImage> {
  const { manifest, config, classifier, plan, mean } = await openClassifier(flags);
  const { crops } = config.evaluation;
  try {
    for (const image of images) {
      const rows = await imageFileRows(image, { plan, mean });
      const probabilities = softmax(averageCrops(classify(classifier, rows, crops), 1, crops));
      // Among equal ones the lower class comes first, as in the errors.
      const best = [...probabilities.entries()].sort(([, a], [, b]) => b - a).slice(0, BEST);
      const predictions = best.map(([label, probability]) => ({
        class: className(manifest, label),
        label,
        probability,
      }));
      yield { image, predictions };
    }
  } finally {
    classifier.dispose();
  }
}

export function predictionText({ image, predictions }: PredictedImage): string {
  return [image, ...predictions.map((each) => `  ${each.probability.toFixed(4)}  ${each.class}`), ''].join('\n');
}
