import { type Layer, Network } from '@tandem/model';
import type { TimelineRecorder } from '@tandem/observability';

/** The same network, each layer's work in training a span. */
export function traceNetwork(network: Network, timeline: TimelineRecorder): Network {
  return new Network(
    network.inputShape,
    network.layers.map((layer) => traceLayer(layer, timeline)),
  );
}

function traceLayer(layer: Layer, timeline: TimelineRecorder): Layer {
  const { name } = layer;
  const [forward, backward, product] = [`${name} forward`, `${name} backward`, `${name} product`];
  return {
    name,
    parameters: layer.parameters,
    outputShape: layer.outputShape,
    description: layer.description,
    ...(layer.reductions !== undefined && { reductions: layer.reductions }),
    ...(layer.factors !== undefined && { factors: layer.factors }),
    // An evaluation is one span: it has as many forward passes as pieces.
    forward: (input, context) =>
      context.training === undefined
        ? layer.forward(input, context)
        : timeline.measure(forward, () => layer.forward(input, context)),
    backward: (dy, context) => timeline.measure(backward, () => layer.backward(dy, context)),
    ...(layer.gradientFromFactors !== undefined && {
      gradientFromFactors: (...args) => timeline.measure(product, () => layer.gradientFromFactors!(...args)),
    }),
    ...(layer.nextState !== undefined && { nextState: (...args) => layer.nextState!(...args) }),
  };
}
