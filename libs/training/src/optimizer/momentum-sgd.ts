import type { MomentumSettings, NativeBackend, Operations, OwnKernels, VariableStore } from '@tandem/model';
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
 * On the CPU a kernel of Tandem's does it in one pass, of a dense layer together with the product of its factors. On a GPU TensorFlow's ResourceApplyKerasMomentum does all but the decay d,
 * which is put into the velocity first, as v − (d·ε⁄m)·w, for the kernel's m·v to turn into the term above.
 */
export class MomentumSgd implements Optimizer {
  readonly #backend: NativeBackend;
  readonly #operations: Operations;
  readonly #weights: VariableStore;
  readonly #velocities: VariableStore;
  readonly #options: MomentumSgdOptions;
  readonly #own: OwnKernels | undefined;
  readonly applyFactors: Optimizer['applyFactors'];

  /** @param own does the update where it is given, else TensorFlow's kernels do */
  constructor(
    backend: NativeBackend,
    operations: Operations,
    state: { readonly weights: VariableStore; readonly velocities: VariableStore },
    options: MomentumSgdOptions,
    own: OwnKernels | undefined,
  ) {
    this.#backend = backend;
    this.#operations = operations;
    this.#weights = state.weights;
    this.#velocities = state.velocities;
    this.#options = options;
    this.#own = own;
    if (own !== undefined)
      this.applyFactors = (parameter, [x, d], learningRate) =>
        this.#inPlace(parameter, learningRate, (state, settings) => own.factorMomentum({ ...state, x, d }, settings));
  }

  apply(parameter: number, gradient: Tensor, learningRate: number): void {
    const own = this.#own;
    if (own === undefined)
      return this.#applyByTensorFlow(parameter, gradient, learningRate, this.#decayOf(parameter, learningRate));
    this.#inPlace(parameter, learningRate, (state, settings) => own.momentum({ ...state, gradient }, settings));
  }

  /** Calls `update` with tensors that share their memory with the parameter's variables. */
  #inPlace(
    parameter: number,
    rate: number,
    update: (state: { readonly weight: Tensor; readonly velocity: Tensor }, settings: MomentumSettings) => void,
  ): void {
    const [weight, velocity] = [this.#weights.read(parameter), this.#velocities.read(parameter)];
    const { momentum } = this.#options;
    update({ weight, velocity }, { rate, momentum, decay: this.#decayOf(parameter, rate) });
    for (const tensor of [weight, velocity]) tensor.dispose();
  }

  #decayOf(parameter: number, learningRate: number): number {
    return this.#options.decays(parameter) ? this.#options.weightDecay * learningRate : 0;
  }

  #applyByTensorFlow(parameter: number, gradient: Tensor, learningRate: number, decay: number): void {
    const { momentum } = this.#options;
    const weight = this.#weights.handle(parameter);
    const velocity = this.#velocities.handle(parameter);
    if (momentum === 0) {
      // Without momentum the velocity is the step alone, and the decay goes straight to the weight.
      if (decay > 0) this.#descend(weight, decay, this.#weights.read(parameter));
      this.#descend(weight, learningRate, undefined, gradient);
      return;
    }
    if (decay > 0) this.#descend(velocity, decay / momentum, this.#weights.read(parameter));
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
