import { Network } from '../network.js';
import { ownNetworkError } from './errors.js';
import type { NetworkRequest } from './network-module.js';

/** Throws a ConfigurationError (`TANDEM_MODEL_NETWORK`) unless `built` is a network for what was asked for. */
export function checkNetwork(built: unknown, request: NetworkRequest, where: string): asserts built is Network {
  const refuse = (what: string, expected: string): never => {
    throw ownNetworkError('TANDEM_MODEL_NETWORK', { what, where, expected, remedy: 'See docs/your-own-network.md.' });
  };
  if (!(built instanceof Network)) return refuse('its function gave no network', 'a Network of the toolkit');
  const { inputSize, channels, classes } = request;
  const input = [inputSize, inputSize, channels];
  if (String(built.inputShape) !== String(input))
    refuse(`its input is [${built.inputShape.join(', ')}]`, `[${input.join(', ')}], the images of this run`);
  const output = built.layers.at(-1)?.outputShape ?? built.inputShape;
  if (String(output) !== String([classes]))
    refuse(`its last layer gives [${output.join(', ')}]`, `[${classes}], a number for each class`);
  const names = new Set<string>();
  for (const { name } of built.parameters) {
    if (names.has(name)) refuse(`two of its parameters are called ${name}`, 'a name for each, layer/parameter');
    names.add(name);
  }
  // Matrices may travel as factors: the coordinator knows them by name and shape (exchange.dense).
  for (const { name, parameters, factors } of built.layers)
    for (const parameter of parameters)
      if (factors === undefined && parameter.shape.length === 2 && parameter.name.endsWith('/kernel'))
        refuse(
          `${parameter.name} of layer ${name} has two dimensions, and the layer has no factors`,
          'Layer.factors, or another name than /kernel',
        );
}
