import { ENGINE_CHOICES } from '@tandem/model';
import { Option } from 'commander';

/** `--engine`: docs/engines.md. */
export function engineOption(): Option {
  return new Option(
    '--engine <engine>',
    'native: TensorFlow’s own library; wasm: WebAssembly, with nothing to set up, but slow; auto: native, or wasm for the small network where native cannot be had',
  )
    .choices(ENGINE_CHOICES)
    .default('auto');
}
