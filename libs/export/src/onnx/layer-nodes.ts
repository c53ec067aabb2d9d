import type { ActivationName, Layer, LayerDescription, LrnOptions, Padding } from '@tandem/model';
import type { Constant } from '../constant.js';
import { notExportable } from '../not-exportable.js';
import { float, type GraphBuilder, integer, integers } from './graph-builder.js';
import { outInHeightWidth } from './kernel-layout.js';
import type { AttributeProto } from './schema.js';
import { windowPadding } from './window-padding.js';

/** [n, c, h, w] to [n, h, w, c]. */
const CHANNELS_LAST = [0, 2, 3, 1];

/**
 * Adds a layer to the graph and gives the name of its output. Images are [n, c, h, w] here, as ONNX's operations want
 * them; before the dense layers they are turned back, so that these keep their kernels as they are.
 *
 * @param inputShape [h, w, c] or [features], the layer's as Tandem has it
 */
export function addLayer(
  graph: GraphBuilder,
  layer: Layer,
  inputShape: readonly number[],
  parameters: readonly Constant[],
  input: string,
): string {
  const { name, description } = layer;
  switch (description.kind) {
    case 'convolution':
      return addConvolution(graph, name, description, inputShape, parameters as [Constant, Constant], input);
    case 'dense': {
      const inputs = [input, ...parameters.map((parameter) => graph.constant(parameter))];
      return activated(graph, name, description.activation, (node) => graph.add(node, 'Gemm', inputs));
    }
    case 'max-pool': {
      const { window, strides, padding } = description.geometry;
      const attributes = windowAttributes(inputShape, window, strides, padding);
      return graph.add(name, 'MaxPool', [input], ...attributes);
    }
    case 'local-response-normalisation':
      return graph.add(name, 'LRN', [input], ...lrnAttributes(description.options));
    case 'batch-normalisation': {
      const inputs = [input, ...parameters.map((parameter) => graph.constant(parameter))];
      return graph.add(name, 'BatchNormalization', inputs, float('epsilon', description.epsilon));
    }
    case 'flatten': {
      const turned = graph.add(`${name}/channels_last`, 'Transpose', [input], integers('perm', CHANNELS_LAST));
      return graph.add(name, 'Flatten', [turned], integer('axis', 1));
    }
    case 'identity':
      return input;
    case 'own':
      throw notExportable(name);
  }
}

function addConvolution(
  graph: GraphBuilder,
  name: string,
  { geometry, groups, activation }: Extract<LayerDescription, { kind: 'convolution' }>,
  inputShape: readonly number[],
  [kernel, bias]: readonly [Constant, Constant],
  input: string,
): string {
  const [height, width] = kernel.shape as [number, number];
  const inputs = [input, graph.constant(outInHeightWidth(kernel)), graph.constant(bias)];
  const attributes = windowAttributes(inputShape, [height, width], geometry.strides, geometry.padding);
  return activated(graph, name, activation, (node) =>
    graph.add(node, 'Conv', inputs, integer('group', groups), ...attributes),
  );
}

function activated(
  graph: GraphBuilder,
  name: string,
  activation: ActivationName,
  add: (node: string) => string,
): string {
  if (activation === 'none') return add(name);
  return graph.add(name, activation === 'relu' ? 'Relu' : 'Tanh', [add(`${name}/preactivation`)]);
}

function windowAttributes(
  [height, width]: readonly number[],
  window: readonly [number, number],
  strides: readonly [number, number],
  padding: Padding,
): AttributeProto[] {
  const [top, bottom] = windowPadding(height!, window[0], strides[0], padding);
  const [left, right] = windowPadding(width!, window[1], strides[1], padding);
  return [integers('kernel_shape', window), integers('strides', strides), integers('pads', [top, left, bottom, right])];
}

/** ONNX divides α by the number of channels in a window; the paper and TensorFlow do not. */
function lrnAttributes({ depthRadius, bias, alpha, beta }: LrnOptions): AttributeProto[] {
  const size = 2 * depthRadius + 1;
  return [integer('size', size), float('alpha', alpha * size), float('beta', beta), float('bias', bias)];
}
