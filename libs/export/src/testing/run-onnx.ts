import { InferenceSession, Tensor } from 'onnxruntime-web';
import { INPUT_NAME, OUTPUT_NAME } from '../model-interface.js';

/** Probabilities [rows × classes] of ONNX Runtime on WebAssembly. */
export async function runOnnx(file: Uint8Array, pixels: Float32Array, shape: readonly number[]): Promise<Float32Array> {
  const session = await InferenceSession.create(file);
  try {
    const { [OUTPUT_NAME]: probabilities } = await session.run({ [INPUT_NAME]: new Tensor('float32', pixels, shape) });
    return (await probabilities!.getData()) as Float32Array;
  } finally {
    await session.release();
  }
}
