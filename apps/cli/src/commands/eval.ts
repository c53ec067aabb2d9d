import {
  checkEvaluationClasses,
  evaluationPieceCount,
  evaluationPieceSize,
  EvaluationStream,
  openImageSource,
} from '@tandem/dataset';
import { evaluate, summarize } from '@tandem/training';
import { Command } from 'commander';
import { addInferenceFlags, type InferenceFlags } from '../inference/inference-flags.js';
import { openClassifier } from '../inference/open-classifier.js';

interface EvalFlags extends InferenceFlags {
  readonly data: string;
}

/** What `tandem eval` finds. */
export interface Evaluated {
  /** The checkpoint's. */
  readonly step: number;
  readonly epoch: number;
  readonly samples: number;
  readonly crops: number;
  /** Errors as fractions. */
  readonly top1: number;
  readonly top5: number;
  readonly loss: number;
}

/** `tandem eval`: a checkpoint's errors on a data set, without a cluster. Rejects with ConfigurationErrors. */
export function evalCommand(): Command {
  return addInferenceFlags(new Command('eval'))
    .description('errors and loss of a checkpoint on a data set')
    .requiredOption('--data <dir>', 'the data set, in the layout (data.format) that the run had')
    .addHelpText('after', '\nExample:\n  tandem eval --checkpoint runs/elpv --data data/elpv/eval --crops 10')
    .action(async (flags: EvalFlags) => {
      const result = await evaluateCheckpoint(flags);
      process.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : evaluationText(result));
    });
}

/** The same pieces in the same order as in a run: the same bits as its `eval` line of this step. */
export async function evaluateCheckpoint(flags: EvalFlags): Promise<Evaluated> {
  const { directory, manifest, config, classifier, plan, mean } = await openClassifier(flags);
  try {
    const { format, onError } = config.data;
    const source = await openImageSource(format, flags.data);
    checkEvaluationClasses({ classes: manifest.classes, path: directory }, source);
    const { crops } = config.evaluation;
    const pieceSize = evaluationPieceSize(config.evaluation);
    const pieces = await EvaluationStream.open({
      source: { format, path: source.path },
      samples: source.length,
      ...{ plan, mean, pieceSize, crops, onError },
      pieces: { start: 0, end: evaluationPieceCount(source.length, pieceSize) },
    });
    try {
      const { step, epoch } = manifest;
      const evaluated = await evaluate(classifier, pieces);
      const samples = evaluated.reduce((sum, piece) => sum + piece.samples, 0);
      return { step, epoch, samples, crops, ...summarize(evaluated) };
    } finally {
      await pieces.close();
    }
  } finally {
    classifier.dispose();
  }
}

export function evaluationText({ step, epoch, samples, crops, top1, top5, loss }: Evaluated): string {
  const percent = (fraction: number) => `${(100 * fraction).toFixed(2)} %`;
  return (
    `Step ${step} (epoch ${epoch}), ${samples} samples, ${crops === 1 ? 'centre crop' : `${crops} crops`}\n` +
    `  top-1 error  ${percent(top1)}\n  top-5 error  ${percent(top5)}\n  loss         ${loss.toFixed(6)}\n`
  );
}
