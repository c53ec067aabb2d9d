import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { WasmBackend } from '../operations/wasm/wasm-backend.js';
import type { MomentumSettings, MomentumUpdate } from './engine.js';
import type { WasmVariables } from './wasm-variables.js';

interface WasmState {
  readonly weights: WasmVariables;
  readonly velocities: WasmVariables;
}

/** The update in float32, one operation after another as the native kernel has them. */
export class WasmMomentum implements MomentumUpdate {
  readonly #backend: WasmBackend;

  constructor(backend: WasmBackend) {
    this.#backend = backend;
  }

  apply(
    { weights, velocities }: WasmState,
    parameter: number,
    gradient: Tensor,
    { rate, momentum, decay }: MomentumSettings,
  ): void {
    const { fround } = Math;
    const [r, m, d] = [fround(rate), fround(momentum), fround(decay)];
    const [weight, velocity] = [weights.read(parameter), velocities.read(parameter)];
    const next = this.#backend.allocate(weight.shape);
    const [w, v, g, updated] = [weight, velocity, gradient, next].map((tensor) => this.#backend.values(tensor)) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    for (let at = 0; at < w.length; at++) {
      const kept = fround(fround(m * v[at]!) - fround(d * w[at]!));
      const moved = fround(kept - fround(r * g[at]!));
      v[at] = moved;
      updated[at] = w[at]! + moved;
    }
    for (const tensor of [weight, velocity]) tensor.dispose();
    weights.replace(parameter, next);
  }
}
