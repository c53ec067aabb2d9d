import { type Command, Option } from 'commander';
import type { EngineChoice } from '@tandem/model';
import { collect, positiveInteger } from '../arguments.js';
import { engineOption } from '../engine-flag.js';

/** What `tandem eval` and `tandem predict` have in common. */
export interface InferenceFlags {
  readonly checkpoint: string;
  readonly crops?: string;
  readonly device: string;
  /** Default: `auto`. */
  readonly engine?: EngineChoice;
  readonly threads?: number;
  readonly modules?: string;
  readonly set?: readonly string[];
  readonly json?: true;
}

/** Whoever opens a checkpoint says whether its code is to be run. */
export function modulesOption(): Option {
  return new Option('--modules <dir>', 'where the run’s model.module may be loaded from (default: nowhere)');
}

export function addInferenceFlags(command: Command): Command {
  return command
    .requiredOption('--checkpoint <dir>', 'a checkpoint’s folder, or a run directory, whose newest is taken')
    .addOption(
      new Option('--crops <n>', 'crops of an image that are averaged (default: evaluation.crops of the run)').choices([
        '1',
        '10',
      ]),
    )
    .addOption(new Option('--device <device>', 'cpu, or gpu:K for the K-th GPU').default('cpu'))
    .addOption(engineOption())
    .option('--threads <n>', 'TensorFlow threads (default: those of the run)', positiveInteger)
    .option('--set <key.path=value>', 'override a setting of the run; may be given several times', collect)
    .addOption(modulesOption())
    .option('--json', 'as JSON');
}
