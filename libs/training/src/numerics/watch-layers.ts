import { type Layer, Network } from '@tandem/model';
import type { Tensor } from '@tensorflow/tfjs-node-gpu';

export interface LayerWatcher {
  /** What a layer gave; stays the layer's. */
  output(layer: string, output: Tensor): void;
  /** The gradient of the loss with respect to what a layer gave, before the layer's own gradients are made of it. */
  outputGradient(layer: string, gradient: Tensor): void;
}

/** The same network; `watcher` sees what goes through it. */
export function watchLayers(network: Network, watcher: LayerWatcher): Network {
  return new Network(
    network.inputShape,
    network.layers.map((layer) => watch(layer, watcher)),
  );
}

function watch(layer: Layer, watcher: LayerWatcher): Layer {
  const { name, parameters, outputShape, description, reductions, factors } = layer;
  return {
    ...{ name, parameters, outputShape, description },
    ...(reductions !== undefined && { reductions }),
    ...(factors !== undefined && { factors }),
    forward: (input, context) => {
      const activation = layer.forward(input, context);
      watcher.output(name, activation.output);
      return activation;
    },
    backward: (dy, context) => {
      watcher.outputGradient(name, dy);
      return layer.backward(dy, context);
    },
    ...(layer.gradientFromFactors !== undefined && {
      gradientFromFactors: (...args) => layer.gradientFromFactors!(...args),
    }),
    ...(layer.nextState !== undefined && { nextState: (...args) => layer.nextState!(...args) }),
  };
}
