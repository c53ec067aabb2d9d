import { ENGINE_CHOICES } from '@tandem/model';
import { Option } from 'commander';

/** `--engine`: docs/engines.md. */
export function engineOption(): Option {
  return new Option(
    '--engine <engine>',
    'native: TensorFlow’s own library; wasm: WebAssembly, for the small network, with nothing to set up; auto: the first that can be had',
  )
    .choices(ENGINE_CHOICES)
    .default('auto');
}
