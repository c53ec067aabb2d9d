import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSafetensors, type SafeTensor, safetensorsParts } from '@tandem/checkpoint';
import type { Answers } from './answers.js';
import type { Subject } from './subject.js';
import { CLASSES, ROWS, STEPS, type Variant } from './variants.js';

/** Writes what a peer needs: `case.json`, `weights.safetensors` and `batches.safetensors`. `peers/case.py` reads them. */
export function writeCase(folder: string, variant: Variant, subject: Subject): void {
  const { config, network, batches } = subject;
  const { momentum, weightDecay } = config.optimizer;
  const settings = {
    variant: variant.name,
    classes: CLASSES,
    inputShape: network.inputShape,
    learningRates: subject.learningRates(),
    momentum,
    weightDecay,
  };
  writeFileSync(join(folder, 'case.json'), JSON.stringify(settings, undefined, 2));
  const weights = subject.weights();
  writeTensors(
    join(folder, 'weights.safetensors'),
    network.parameters.map(({ name, shape }) => ({ name, dtype: 'F32', shape, data: weights.get(name)! })),
  );
  writeTensors(join(folder, 'batches.safetensors'), [
    { name: 'images', dtype: 'F32', shape: [STEPS, ROWS, ...batches.imageShape], data: batches.images },
    { name: 'labels', dtype: 'I32', shape: [STEPS, ROWS], data: batches.labels },
  ]);
}

/** What a peer has written there. */
export function readPeer(folder: string): { answers: Answers; versions: Record<string, string> } {
  const tensors = new Map(
    decodeSafetensors(readFileSync(join(folder, 'peer.safetensors'))).map(({ name, data }) => [name, data]),
  );
  const under = (prefix: string) =>
    new Map(
      [...tensors].flatMap(([name, data]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), data as Float32Array]] : [],
      ),
    );
  const answers = {
    logits: tensors.get('logits') as Float32Array,
    losses: tensors.get('losses') as Float32Array,
    gradients: under('gradient/'),
    state: under('state/'),
  };
  const versions = JSON.parse(readFileSync(join(folder, 'peer.json'), 'utf8')) as Record<string, string>;
  return { answers, versions };
}

function writeTensors(file: string, tensors: readonly SafeTensor[]): void {
  writeFileSync(file, '');
  for (const part of safetensorsParts(tensors).parts) writeFileSync(file, part, { flag: 'a' });
}
