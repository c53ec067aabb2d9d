import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { NativeBackend, OperationAttribute } from './native-backend.js';

/**
 * Max pooling by TensorFlow's oneDNN kernels. They note in a workspace which element of each window was the greatest, where
 * MaxPoolGrad looks for it again: 3.3 ms in place of 60 for 32×55×55×96 on one core, with the same bits where channels are a multiple of 16 (else sums of overlapping windows are taken in another order). TensorFlow puts them into
 * graphs by itself, but not where operations are run one by one; by name they run here too, if told which kernel to look for.
 */
export class OneDnnPooling {
  readonly #backend: NativeBackend;
  readonly #kernel: readonly OperationAttribute[];

  private constructor(backend: NativeBackend) {
    this.#backend = backend;
    this.#kernel = [backend.flag('workspace_enabled', true), backend.text('_kernel', 'MklNameChangeOp')];
  }

  /** Undefined on a GPU, and where this TensorFlow has no such kernels. */
  static on(backend: NativeBackend, attributes: readonly OperationAttribute[]): OneDnnPooling | undefined {
    if (backend.binding.isUsingGpuDevice()) return undefined;
    const pooling = new OneDnnPooling(backend);
    const x = backend.wrap(new Float32Array(3 * 3), [1, 3, 3, 1]);
    try {
      const { output, workspace } = pooling.forward(x, attributes);
      const gradient = pooling.gradient(x, output, output, workspace, attributes);
      for (const tensor of [output, workspace, gradient]) tensor.dispose();
      return pooling;
    } catch {
      return undefined;
    } finally {
      x.dispose();
    }
  }

  forward(x: Tensor, attributes: readonly OperationAttribute[]): { output: Tensor; workspace: Tensor } {
    const [output, workspace] = this.#backend.runForSeveral(
      '_MklNativeMaxPool',
      [...attributes, ...this.#kernel],
      [x],
      2,
    ) as [Tensor, Tensor];
    return { output, workspace };
  }

  gradient(x: Tensor, y: Tensor, dy: Tensor, workspace: Tensor, attributes: readonly OperationAttribute[]): Tensor {
    return this.#backend.run('_MklNativeMaxPoolGrad', [...attributes, ...this.#kernel], [x, y, dy, workspace]);
  }
}
