import type { NativeBackend, Operations, VariableStore } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Optimizer } from './optimizer.js';

export interface MomentumSgdOptions {
  readonly momentum: number;
  readonly weightDecay: number;
  /** Whether a parameter decays. */
  readonly decays: (parameter: number) => boolean;
}

/**
 * The update of Krizhevsky, Sutskever and Hinton (2012), section 5, with the rate ε inside the velocity:
 *
 *     v ← m·v − d·ε·w − ε·g
 *     w ← w + v
 *
 * TensorFlow's ResourceApplyKerasMomentum does it in place but for the decay d. That is put into the velocity first, as
 * v − (d·ε⁄m)·w, which the kernel's m·v turns into the term above: one more pass in place over w and v, and no copy.
 */
export class MomentumSgd implements Optimizer {
  readonly #backend: NativeBackend;
  readonly #operations: Operations;
  readonly #weights: VariableStore;
  readonly #velocities: VariableStore;
  readonly #options: MomentumSgdOptions;

  constructor(
    backend: NativeBackend,
    operations: Operations,
    state: { readonly weights: VariableStore; readonly velocities: VariableStore },
    options: MomentumSgdOptions,
  ) {
    this.#backend = backend;
    this.#operations = operations;
    this.#weights = state.weights;
    this.#velocities = state.velocities;
    this.#options = options;
  }

  apply(parameter: number, gradient: Tensor, learningRate: number): void {
    const { momentum, decays } = this.#options;
    const weightDecay = decays(parameter) ? this.#options.weightDecay : 0;
    const weight = this.#weights.handle(parameter);
    const velocity = this.#velocities.handle(parameter);
    if (momentum === 0) {
      // Without momentum the velocity is the step alone, and the decay goes straight to the weight.
      if (weightDecay > 0) this.#descend(weight, weightDecay * learningRate, this.#weights.read(parameter));
      this.#descend(weight, learningRate, undefined, gradient);
      return;
    }
    if (weightDecay > 0)
      this.#descend(velocity, (weightDecay * learningRate) / momentum, this.#weights.read(parameter));
    this.#withScalars([learningRate, momentum], (rate, m) => {
      this.#backend.binding.executeOp(
        'ResourceApplyKerasMomentum',
        [this.#backend.type('T'), this.#backend.flag('use_locking', false), this.#backend.flag('use_nesterov', false)],
        [weight, velocity, rate, this.#backend.handleOf(gradient), m],
        0,
      );
    });
  }

  /** variable ← variable − rate · delta, in place. Disposes `owned`. */
  #descend(variable: number, rate: number, owned: Tensor | undefined, borrowed?: Tensor): void {
    this.#withScalars([rate], (scalar) => {
      this.#backend.binding.executeOp(
        'ResourceApplyGradientDescent',
        [this.#backend.type('T'), this.#backend.flag('use_locking', false)],
        [variable, scalar, this.#backend.handleOf((owned ?? borrowed)!)],
        0,
      );
    });
    owned?.dispose();
  }

  #withScalars(values: readonly number[], use: (...handles: number[]) => void): void {
    const scalars = values.map((value) => this.#operations.fromFloat32(Float32Array.of(value), []));
    use(...scalars.map((scalar) => this.#backend.handleOf(scalar)));
    for (const scalar of scalars) scalar.dispose();
  }
}
