import type { Tensor } from '@tensorflow/tfjs-node-gpu';
import type { Operations } from '../operations/operations.js';
import type { Initialiser, ParameterSpec } from '../parameters.js';
import { activate, activationGradient, type ActivationName } from './activation.js';
import type { LayerDescription } from './description.js';
import type { Activation, BackwardContext, FactorShape, ForwardContext, Layer, RowShape } from './layer.js';
import { forEachSegment } from './segments.js';

export interface DenseOptions {
  readonly name: string;
  readonly input: RowShape;
  readonly units: number;
  readonly activation: ActivationName;
  readonly kernelInit: Initialiser;
  readonly biasInit: Initialiser;
}

/** A fully connected layer with its activation. Parameters: kernel [in, out] and bias [out]. */
export class Dense implements Layer {
  readonly name: string;
  readonly parameters: readonly ParameterSpec[];
  readonly outputShape: RowShape;
  readonly factors: FactorShape;
  readonly description: LayerDescription;
  readonly #activation: ActivationName;

  constructor({ name, input, units, activation, kernelInit, biasInit }: DenseOptions) {
    this.name = name;
    this.#activation = activation;
    this.description = { kind: 'dense', activation };
    this.outputShape = [units];
    this.factors = { inputs: input[0]!, outputs: units };
    this.parameters = [
      { name: `${name}/kernel`, shape: [input[0]!, units], initialiser: kernelInit },
      { name: `${name}/bias`, shape: [units], initialiser: biasInit },
    ];
  }

  forward(input: Tensor, { operations, weights }: ForwardContext): Activation {
    const [kernel, bias] = weights as [Tensor, Tensor];
    const product = operations.matMul(input, kernel, false, false);
    const biased = operations.biasAdd(product, bias);
    product.dispose();
    return { output: activate(operations, this.#activation, biased), saved: [] };
  }

  backward(dy: Tensor, context: BackwardContext): Tensor | undefined {
    const { operations, weights, placement, input, output, emit } = context;
    const dz = activationGradient(operations, this.#activation, dy, output);
    if (context.emitFactors !== undefined) context.emitFactors(input, dz);
    else
      for (const parameter of [1, 0])
        forEachSegment(operations, placement.segments, [input, dz], (segment, x, d) => {
          emit(parameter, segment, this.gradientFromFactors(operations, parameter, x!, d!));
        });
    const inputGradient = context.needsInputGradient ? operations.matMul(dz, weights[0]!, false, true) : undefined;
    if (dz !== dy) dz.dispose();
    return inputGradient;
  }

  gradientFromFactors(operations: Operations, parameter: number, input: Tensor, outputGradient: Tensor): Tensor {
    return parameter === 0 ? operations.factorProduct(input, outputGradient) : operations.biasGradient(outputGradient);
  }
}
