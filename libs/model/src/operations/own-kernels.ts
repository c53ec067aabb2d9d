import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { MomentumSettings } from '../engine/engine.js';
import type { NativeBackend, OperationAttribute } from './native-backend.js';
import type { LrnOptions } from './operations.js';

/**
 * Tandem's own kernels, which the set-up builds into TensorFlow.js's addon (libs/runtime/native/kernels): what TensorFlow has only
 * slower. They are for the CPU, and their bits depend neither on its vectors nor on the number of threads.
 */
export class OwnKernels {
  readonly #backend: NativeBackend;
  readonly #attributes = new Map<string, readonly OperationAttribute[]>();

  private constructor(backend: NativeBackend) {
    this.#backend = backend;
  }

  /** Undefined on a GPU. */
  static on(backend: NativeBackend): OwnKernels | undefined {
    return backend.binding.isUsingGpuDevice() ? undefined : new OwnKernels(backend);
  }

  lrn(x: Tensor, options: LrnOptions): Tensor {
    return this.#backend.run('TandemLrn', this.#lrnAttributes(options), [x]);
  }

  lrnGradient(x: Tensor, dy: Tensor, options: LrnOptions): Tensor {
    return this.#backend.run('TandemLrnGrad', this.#lrnAttributes(options), [x, dy]);
  }

  /** xᵀ·d, of x [rows, inputs] and d [rows, outputs]. */
  factorProduct(x: Tensor, d: Tensor): Tensor {
    return this.#backend.run('TandemFactorProduct', [], [x, d]);
  }

  /**
   * v ← momentum·v − decay·w − rate·g and w ← w + v, in place: `weight` and `velocity` share their memory with variables.
   */
  momentum(
    { weight, velocity, gradient }: { readonly weight: Tensor; readonly velocity: Tensor; readonly gradient: Tensor },
    settings: MomentumSettings,
  ): void {
    this.#inPlace('TandemMomentum', [weight, velocity, gradient], settings);
  }

  /** `momentum` with the gradient that `factorProduct` would make of x and d, to the bit, without its having to be in memory. */
  factorMomentum(
    {
      weight,
      velocity,
      x,
      d,
    }: { readonly weight: Tensor; readonly velocity: Tensor; readonly x: Tensor; readonly d: Tensor },
    settings: MomentumSettings,
  ): void {
    this.#inPlace('TandemFactorMomentum', [weight, velocity, x, d], settings);
  }

  #inPlace(operation: string, tensors: readonly Tensor[], { rate, momentum, decay }: MomentumSettings): void {
    const settings = this.#backend.wrap(Float32Array.of(rate, momentum, decay), [3]);
    this.#backend.runForSeveral(operation, [], [...tensors, settings], 0);
    settings.dispose();
  }

  #lrnAttributes({ depthRadius, bias, alpha, beta }: LrnOptions): readonly OperationAttribute[] {
    const key = `${depthRadius} ${bias} ${alpha} ${beta}`;
    const known = this.#attributes.get(key);
    if (known !== undefined) return known;
    const attributes = [
      this.#backend.integer('depth_radius', depthRadius),
      this.#backend.float('bias', bias),
      this.#backend.float('alpha', alpha),
      this.#backend.float('beta', beta),
    ];
    this.#attributes.set(key, attributes);
    return attributes;
  }
}
