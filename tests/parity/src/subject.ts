import type { RunConfig } from '@tandem/core';
import { buildNetwork, NativeOperations, type Network } from '@tandem/model';
import { PhaseClock, stepPhases } from '@tandem/observability';
import { loadTensorFlow } from '@tandem/runtime';
import { learningRateAt, Replica, TrainStep } from '@tandem/training';
import type { Answers } from './answers.js';
import { batchOf, type Batches, makeBatches } from './batches.js';
import { RecordingExchange } from './recording-exchange.js';
import { CLASSES, configOf, epochOf, MICRO_BATCHES, ROWS, STEPS, type Variant } from './variants.js';

/** Two epochs, and no evaluation. */
const RUN = { stepsPerEpoch: STEPS / 2, totalSteps: STEPS, evaluations: { errors: [], samples: 0 } };

/** Tandem's side of a variant: the weights of its seed, the batches, and what its own training step makes of them. */
export class Subject {
  readonly config: RunConfig;
  readonly network: Network;
  readonly batches: Batches;
  readonly #operations: NativeOperations;
  readonly #replica: Replica;

  constructor(variant: Variant) {
    this.config = configOf(variant);
    this.#operations = new NativeOperations(loadTensorFlow({ threads: 1, device: 'cpu' }));
    this.network = buildNetwork(this.config.model, { classes: CLASSES, channels: variant.channels });
    this.#replica = new Replica(this.network, this.#operations, this.config);
    this.batches = makeBatches(this.#operations, variant, this.network.inputShape);
  }

  /** The present weights by name. */
  weights(): Map<string, Float32Array> {
    return this.#replica.withWeights(
      (weights) =>
        new Map(this.network.parameters.map(({ name }, index) => [name, this.#operations.read(weights[index]!)])),
    );
  }

  /** The rate of each step. */
  learningRates(): number[] {
    return Array.from({ length: STEPS }, (_, index) =>
      learningRateAt(this.config, { ...RUN, step: index + 1, epoch: epochOf(index + 1) }),
    );
  }

  /** Takes all steps; to be called once. */
  async answers(): Promise<Answers> {
    const logits = this.#logits();
    let step = 0;
    const { network } = this.#replica;
    const exchange = new RecordingExchange({
      ...{ operations: this.#operations, network, globalBatch: ROWS, microBatches: MICRO_BATCHES },
      factors: network.factorLayers.map(({ name }) => name),
      encoding: 'float32',
    });
    const trainStep = new TrainStep({
      config: this.config,
      replica: this.#replica,
      batches: { next: () => Promise.resolve(batchOf(this.batches, ++step)) },
      exchange,
      clock: new PhaseClock(stepPhases),
      firstMicroBatch: 0,
      ...RUN,
    });
    const losses = new Float32Array(STEPS);
    for (let index = 0; index < STEPS; index++) losses[index] = (await trainStep.run(() => false)).loss;
    const nameOf = (parameter: number) => this.network.parameters[parameter]!.name;
    const gradients = new Map([...exchange.first].map(([parameter, values]) => [nameOf(parameter), values]));
    const state = new Map([...this.weights()].filter(([name]) => !gradients.has(name)));
    return { logits, gradients, losses, state };
  }

  dispose(): void {
    this.#replica.dispose();
  }

  #logits(): Float32Array {
    const { images } = batchOf(this.batches, 1);
    const input = this.#operations.fromFloat32(images, [ROWS, ...this.network.inputShape]);
    const output = this.#replica.withWeights((weights) => this.network.logits(this.#operations, weights, input));
    const logits = this.#operations.read(output);
    input.dispose();
    output.dispose();
    return logits;
  }
}
