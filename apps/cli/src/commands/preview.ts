import { loadConfig } from '@tandem/core/config';
import { Command } from 'commander';
import { collect, positiveInteger } from '../arguments.js';
import { type BatchRequest, withGlobalBatch } from '../global-batch.js';
import { contactSheet } from '../preview/contact-sheet.js';
import { shownPixels } from '../preview/shown-pixels.js';
import { writeWhole } from '../write-whole.js';

interface PreviewFlags {
  readonly config: string;
  readonly out: string;
  readonly step: number;
  readonly first?: number;
  readonly columns?: number;
  readonly set?: readonly string[];
}

/** Of a larger batch the first are shown: a sheet is to be looked at. */
const MOST_SHOWN = 256;

/** `tandem preview`: a picture of the batch of a step. Rejects with the ConfigurationErrors of config and data. */
export function previewCommand(): Command {
  return new Command('preview')
    .description('a contact sheet of the augmented batch of a step, as the network sees it')
    .requiredOption('--config <file>', 'the run’s configuration')
    .requiredOption('--out <file>', 'where to write the picture, a PNG')
    .option('--step <k>', 'the step, counted from 1', positiveInteger, 1)
    .option('--first <n>', `show the first n of the batch; at most, and by default, ${MOST_SHOWN}`, positiveInteger)
    .option('--columns <n>', 'images in a row; by default about as many as there are rows', positiveInteger)
    .option('--set <key.path=value>', 'override a setting; may be given several times', collect)
    .addHelpText('after', '\nExample:\n  tandem preview --config examples/elpv-demo.yaml --out sheet.png --step 3')
    .action(async ({ config: file, out, step, first, columns, set = [] }: PreviewFlags) => {
      const request = { config: loadConfig(file, { overrides: set }), file, step };
      const { png, title } = await previewBatch(request, { first, columns });
      await writeWhole(out, png);
      process.stdout.write(`${title}, written to ${out}\n`);
    });
}

/** The contact sheet of the global batch of a step, and what it says above. */
export function previewBatch(
  request: BatchRequest,
  { first = MOST_SHOWN, columns }: { readonly first?: number | undefined; readonly columns?: number | undefined } = {},
): Promise<{ readonly png: Buffer; readonly title: string }> {
  return withGlobalBatch(request, async (batch, { train, plan, mean }) => {
    const { images, labels, indices, epoch } = batch;
    const { inputSize, scale } = plan;
    const count = Math.min(labels.length, first, MOST_SHOWN);
    const length = images.length / labels.length;
    const samples = count < labels.length ? `the first ${count} of ${labels.length} samples` : `${count} samples`;
    const title = `Step ${request.step} (epoch ${epoch}): ${samples}`;
    const png = await contactSheet({
      title,
      images: Array.from({ length: count }, (_, row) => ({
        pixels: shownPixels(images.subarray(row * length, (row + 1) * length), { mean, scale }),
        name: train.classes[labels[row]!]!,
        note: `sample ${indices[row]}`,
      })),
      inputSize,
      columns: columns ?? Math.ceil(Math.sqrt(count)),
    });
    return { png, title };
  });
}
