import type {
  ActivationName,
  ConvolutionGeometry,
  Layer,
  LayerDescription,
  LrnOptions,
  PoolGeometry,
} from '@tandem/model';
import { type Constant, lastDimensionParts } from '../constant.js';
import { notExportable } from '../not-exportable.js';
import { FLOAT, type GraphBuilder, INT32, integer, integers, type NodeDef, text, texts } from './graph-def.js';

const CHANNELS_LAST = text('NHWC');

/**
 * Adds a layer to the graph and gives the name of its output. Bias and ReLU are fused with their convolution or product, in
 * the operations that TensorFlow's own optimizer would put there: each is one kernel in a browser.
 */
export function addLayer(graph: GraphBuilder, layer: Layer, parameters: readonly Constant[], input: string): string {
  const { name, description } = layer;
  switch (description.kind) {
    case 'convolution':
      return addConvolution(graph, name, description, parameters as [Constant, Constant], input);
    case 'dense':
      return addDense(graph, name, description.activation, parameters as [Constant, Constant], input);
    case 'max-pool':
      return graph.add(name, 'MaxPool', [input], poolAttributes(description.geometry));
    case 'local-response-normalisation':
      return graph.add(name, 'LRN', [input], lrnAttributes(description.options));
    case 'batch-normalisation':
      return addBatchNormalisation(graph, name, description.epsilon, parameters, input);
    case 'flatten': {
      const shape = graph.integerVector(`${name}/shape`, [-1, ...layer.outputShape]);
      return graph.add(name, 'Reshape', [input, shape], { T: FLOAT, Tshape: INT32 });
    }
    case 'identity':
      return input;
    case 'own':
      throw notExportable(name);
  }
}

/** Grouped convolutions as one convolution a group, between a Split and a Concat: TensorFlow.js has no grouped one. */
function addConvolution(
  graph: GraphBuilder,
  name: string,
  { geometry, groups, activation }: Extract<LayerDescription, { kind: 'convolution' }>,
  [kernel, bias]: readonly [Constant, Constant],
  input: string,
): string {
  const attributes = { ...fusedAttributes(activation), ...convolutionAttributes(geometry) };
  const kernels = lastDimensionParts(kernel, groups);
  const biases = lastDimensionParts(bias, groups);
  const convolve = (part: number, node: string, x: string) => {
    const inputs = [x, graph.constant(kernels[part]!), graph.constant(biases[part]!)];
    return graph.add(node, '_FusedConv2D', inputs, attributes);
  };
  if (groups === 1) return withTanh(graph, name, activation, (node) => convolve(0, node, input));
  const axis = graph.integerScalar(`${name}/axis`, 3);
  const split = graph.add(`${name}/split`, 'Split', [axis, input], { T: FLOAT, num_split: integer(groups) });
  const towers = kernels.map((_, part) =>
    convolve(part, `${name}/group${part}`, part === 0 ? split : `${split}:${part}`),
  );
  const join = { T: FLOAT, Tidx: INT32, N: integer(groups) };
  return withTanh(graph, name, activation, (node) => graph.add(node, 'ConcatV2', [...towers, axis], join));
}

function addDense(
  graph: GraphBuilder,
  name: string,
  activation: ActivationName,
  parameters: readonly [Constant, Constant],
  input: string,
): string {
  const inputs = [input, ...parameters.map((parameter) => graph.constant(parameter))];
  const attributes = { ...fusedAttributes(activation), transpose_a: { b: false }, transpose_b: { b: false } };
  return withTanh(graph, name, activation, (node) => graph.add(node, '_FusedMatMul', inputs, attributes));
}

/** With the moving averages: x·slope + offset for each channel, slope = γ ⁄ √(σ² + ε), offset = β − μ·slope. */
function addBatchNormalisation(
  graph: GraphBuilder,
  name: string,
  epsilon: number,
  parameters: readonly Constant[],
  input: string,
): string {
  const [gamma, beta, mean, variance] = parameters.map(({ values }) => values) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const shape = [gamma.length];
  const slope = gamma.map((value, at) => value / Math.sqrt(variance[at]! + epsilon));
  const offset = beta.map((value, at) => value - mean[at]! * slope[at]!);
  const slopes = graph.constant({ name: `${name}/slope`, shape, values: slope });
  const offsets = graph.constant({ name: `${name}/offset`, shape, values: offset });
  const product = graph.add(`${name}/product`, 'Mul', [input, slopes], { T: FLOAT });
  return graph.add(name, 'AddV2', [product, offsets], { T: FLOAT });
}

/** TensorFlow.js fuses a ReLU, but no tanh: that one comes after. */
function withTanh(
  graph: GraphBuilder,
  name: string,
  activation: ActivationName,
  add: (node: string) => string,
): string {
  if (activation !== 'tanh') return add(name);
  return graph.add(name, 'Tanh', [add(`${name}/preactivation`)], { T: FLOAT });
}

function fusedAttributes(activation: ActivationName): NodeDef['attr'] {
  const fused = activation === 'relu' ? ['BiasAdd', 'Relu'] : ['BiasAdd'];
  return { T: FLOAT, num_args: integer(1), fused_ops: texts(fused), epsilon: { f: 0 } };
}

function convolutionAttributes({ strides, padding }: ConvolutionGeometry): NodeDef['attr'] {
  const explicit = typeof padding === 'number';
  return {
    strides: integers([1, ...strides, 1]),
    padding: text(explicit ? 'EXPLICIT' : padding),
    explicit_paddings: integers(explicit ? [0, 0, padding, padding, padding, padding, 0, 0] : []),
    dilations: integers([1, 1, 1, 1]),
    data_format: CHANNELS_LAST,
  };
}

function poolAttributes({ window, strides, padding }: PoolGeometry): NodeDef['attr'] {
  return {
    T: FLOAT,
    ksize: integers([1, ...window, 1]),
    strides: integers([1, ...strides, 1]),
    padding: text(padding),
    data_format: CHANNELS_LAST,
  };
}

function lrnAttributes({ depthRadius, bias, alpha, beta }: LrnOptions): NodeDef['attr'] {
  return { T: FLOAT, depth_radius: integer(depthRadius), bias: { f: bias }, alpha: { f: alpha }, beta: { f: beta } };
}
