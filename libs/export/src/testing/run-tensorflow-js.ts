import '@tensorflow/tfjs-backend-wasm';
import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import { setBackend, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { MODEL_JSON, type ModelFile } from '../tensorflow-js/model-files.js';

/** Loads a model as a browser would that gets these files. */
async function loadFiles(files: readonly ModelFile[]): Promise<GraphModel> {
  const bytesOf = (url: string) => files.find(({ name }) => url.endsWith(`/${name}`))?.bytes;
  await setBackend('wasm');
  return loadGraphModel(`http://model/${MODEL_JSON}`, {
    fetchFunc: async (url) => {
      const bytes = bytesOf(String(url));
      return new Response(bytes && new Uint8Array(bytes), { status: bytes === undefined ? 404 : 200 });
    },
  });
}

/** Probabilities [rows × classes] of plain TensorFlow.js on its WebAssembly backend. */
export async function runTensorFlowJs(
  files: readonly ModelFile[],
  pixels: Float32Array,
  shape: readonly number[],
): Promise<Float32Array> {
  const model = await loadFiles(files);
  const images = tensor(pixels, [...shape]);
  const probabilities = model.predict(images) as Tensor;
  const values = await probabilities.data<'float32'>();
  for (const each of [images, probabilities, model]) each.dispose();
  return values;
}
