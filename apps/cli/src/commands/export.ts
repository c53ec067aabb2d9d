import { join } from 'node:path';
import { MODEL_JSON, onnxFile, tensorFlowJsFiles, type TrainedClassifier } from '@tandem/export';
import { Command, Option } from 'commander';
import { collect } from '../arguments.js';
import { checkOut, type ExportFormat, writeFolder } from '../export/exported-out.js';
import { modulesOption } from '../inference/inference-flags.js';
import { className, openCheckpoint, type OpenCheckpoint } from '../inference/open-checkpoint.js';
import { TANDEM_VERSION } from '../version.js';
import { writeWhole } from '../write-whole.js';

export interface ExportFlags {
  readonly checkpoint: string;
  readonly format: ExportFormat;
  readonly out: string;
  readonly force?: boolean;
  readonly modules?: string;
  readonly set?: readonly string[];
}

/** What was written, and what goes into the model and comes out of it. */
export interface Exported {
  /** To load: model.json or the ONNX file. */
  readonly file: string;
  readonly bytes: number;
  /** [size, size, channels]. */
  readonly input: readonly number[];
  readonly classes: number;
}

const EXAMPLES = `
Examples:
  tandem export --checkpoint runs/elpv --format tfjs --out web/model
  tandem export --checkpoint runs/elpv/checkpoints/step-00000310 --format onnx --out elpv.onnx

The model takes pixels as they are, [n, size, size, channels] in 0…255, and gives probabilities [n, classes].
docs/export.md shows how to use it in a browser and with ONNX Runtime.`;

/** `tandem export`: a checkpoint's network for other programs. Needs no TensorFlow. Rejects with ConfigurationErrors. */
export function exportCommand(): Command {
  return new Command('export')
    .description('write a checkpoint’s network for browsers (TensorFlow.js) or as ONNX')
    .requiredOption('--checkpoint <dir>', 'a checkpoint’s folder, or a run directory, whose newest is taken')
    .addOption(
      new Option('--format <format>', 'tfjs: a folder with a TensorFlow.js graph model; onnx: a file')
        .choices(['tfjs', 'onnx'])
        .makeOptionMandatory(),
    )
    .requiredOption('--out <path>', 'the folder or file to write')
    .option('--force', 'replace a model that is there already')
    .option('--set <key.path=value>', 'override a setting of the run; may be given several times', collect)
    .addOption(modulesOption())
    .addHelpText('after', EXAMPLES)
    .action(async (flags: ExportFlags) => {
      process.stdout.write(exportedText(await exportCheckpoint(flags)));
    });
}

export async function exportCheckpoint({ format, out, force = false, ...flags }: ExportFlags): Promise<Exported> {
  await checkOut({ format, out, force });
  const classifier = trainedClassifier(await openCheckpoint(flags));
  const { inputShape: input } = classifier.network;
  const classes = classifier.classes.length;
  if (format === 'onnx') {
    const bytes = onnxFile(classifier);
    await writeWhole(out, bytes);
    return { file: out, bytes: bytes.length, input, classes };
  }
  const files = tensorFlowJsFiles(classifier);
  await writeFolder(out, files);
  const bytes = files.reduce((sum, file) => sum + file.bytes.length, 0);
  return { file: join(out, MODEL_JSON), bytes, input, classes };
}

export function exportedText({ file, bytes, input, classes }: Exported): string {
  return (
    `Written to ${file} (${(bytes / 1e6).toFixed(1)} MB)\n` +
    `  takes  images         [n, ${input.join(', ')}]  float32, pixels 0…255\n` +
    `  gives  probabilities  [n, ${classes}]\n`
  );
}

function trainedClassifier({ manifest, config, network, weights, plan, mean }: OpenCheckpoint): TrainedClassifier {
  const outputs = network.layers.at(-1)!.outputShape[0]!;
  const { step, epoch } = manifest;
  return {
    network,
    weights,
    // As `tandem predict` has it.
    preprocessing: { shorterSide: plan.resize ?? plan.inputSize, mean, scale: plan.scale },
    classes: Array.from({ length: outputs }, (_, label) => className(manifest, label)),
    origin: { tandem: TANDEM_VERSION, model: config.model, step, epoch },
  };
}
