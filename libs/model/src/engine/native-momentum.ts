import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { NativeBackend } from '../operations/native-backend.js';
import type { OwnKernels } from '../operations/own-kernels.js';
import type { MomentumSettings, MomentumUpdate } from './engine.js';
import type { NativeVariables } from './native-variables.js';

interface NativeState {
  readonly weights: NativeVariables;
  readonly velocities: NativeVariables;
}

/**
 * On the CPU a kernel of Tandem's does the update in one pass, of a dense layer together with the product of its factors. On a GPU
 * TensorFlow's ResourceApplyKerasMomentum does all but the decay, which is put into the velocity first, as v − (decay⁄m)·w, for
 * the kernel's m·v to turn into the term that it should be.
 */
export class NativeMomentum implements MomentumUpdate {
  readonly #backend: NativeBackend;
  readonly #own: OwnKernels | undefined;
  readonly applyFactors?: (
    state: NativeState,
    parameter: number,
    factors: readonly [x: Tensor, d: Tensor],
    settings: MomentumSettings,
  ) => void;

  /** @param own does the update where it is given, else TensorFlow's kernels do */
  constructor(backend: NativeBackend, own: OwnKernels | undefined) {
    this.#backend = backend;
    this.#own = own;
    if (own !== undefined)
      this.applyFactors = (state, parameter, [x, d], settings) =>
        this.#inPlace(state, parameter, (tensors) => own.factorMomentum({ ...tensors, x, d }, settings));
  }

  apply(state: NativeState, parameter: number, gradient: Tensor, settings: MomentumSettings): void {
    const own = this.#own;
    if (own === undefined) return this.#applyByTensorFlow(state, parameter, gradient, settings);
    this.#inPlace(state, parameter, (tensors) => own.momentum({ ...tensors, gradient }, settings));
  }

  /** Calls `update` with tensors that share their memory with the parameter's variables. */
  #inPlace(
    { weights, velocities }: NativeState,
    parameter: number,
    update: (tensors: { readonly weight: Tensor; readonly velocity: Tensor }) => void,
  ): void {
    const [weight, velocity] = [weights.read(parameter), velocities.read(parameter)];
    update({ weight, velocity });
    for (const tensor of [weight, velocity]) tensor.dispose();
  }

  #applyByTensorFlow(
    { weights, velocities }: NativeState,
    parameter: number,
    gradient: Tensor,
    { rate, momentum, decay }: MomentumSettings,
  ): void {
    const weight = weights.handle(parameter);
    const velocity = velocities.handle(parameter);
    if (momentum === 0) {
      // Without momentum the velocity is the step alone, and the decay goes straight to the weight.
      if (decay > 0) this.#descend(weight, decay, weights.read(parameter));
      this.#descend(weight, rate, undefined, gradient);
      return;
    }
    if (decay > 0) this.#descend(velocity, decay / momentum, weights.read(parameter));
    this.#withScalars([rate, momentum], (rateHandle, momentumHandle) => {
      this.#backend.binding.executeOp(
        'ResourceApplyKerasMomentum',
        [this.#backend.type('T'), this.#backend.flag('use_locking', false), this.#backend.flag('use_nesterov', false)],
        [weight, velocity, rateHandle!, this.#backend.handleOf(gradient), momentumHandle!],
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
        [variable, scalar!, this.#backend.handleOf((owned ?? borrowed)!)],
        0,
      );
    });
    owned?.dispose();
  }

  #withScalars(values: readonly number[], use: (...handles: number[]) => void): void {
    const scalars = values.map((value) => this.#backend.wrap(Float32Array.of(value), []));
    use(...scalars.map((scalar) => this.#backend.handleOf(scalar)));
    for (const scalar of scalars) scalar.dispose();
  }
}
