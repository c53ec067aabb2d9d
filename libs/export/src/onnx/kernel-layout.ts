import type { Constant } from '../constant.js';

/** A convolution's kernel from [h, w, in, out] to ONNX's [out, in, h, w]; in a grouped one, `in` is that of a group in both. */
export function outInHeightWidth({ name, shape, values }: Constant): Constant {
  const [height, width, inputs, outputs] = shape as [number, number, number, number];
  const places = height * width;
  const turned = new Float32Array(values.length);
  let from = 0;
  for (let place = 0; place < places; place++)
    for (let input = 0; input < inputs; input++)
      for (let output = 0; output < outputs; output++)
        turned[(output * inputs + input) * places + place] = values[from++]!;
  return { name, shape: [outputs, inputs, height, width], values: turned };
}
