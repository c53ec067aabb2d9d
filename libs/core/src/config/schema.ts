import { z } from 'zod';

const fraction = z.number().min(0).max(1);
const positiveInteger = z.int().min(1);
const milliseconds = z.int().min(1);
const bounds = (value: z.ZodNumber, expected: string) =>
  z.tuple([value, value], { error: expected }).refine(([low, high]) => low <= high, { error: expected });

/** Every key of a configuration file, with its default. docs/configuration.md explains each. */
export const runConfigSchema = z
  .strictObject({
    model: z
      .strictObject({
        name: z.enum(['alexnet', 'small', 'module']),
        /** Of `module`: the path (./…) or package whose default export builds the network, from each worker's --modules. */
        module: z.string().min(1).max(1024).optional(),
        /** Of `module`: handed to it. */
        options: z.record(z.string(), z.unknown()).optional(),
        /** Of `alexnet`: the paper's two towers, the network that circulates in Keras, or the single tower of 2014. */
        variant: z.enum(['paper', 'keras', 'one-column']).default('paper'),
        /** Default: the number of class folders or labels of the training set. */
        classes: z.int().min(2).optional(),
        /** Height and width of the network's input, in pixels. Default: 227 for alexnet's paper, 224 for its others, 28 for small; module has none. */
        inputSize: positiveInteger.optional(),
        /** Default: 0.4 for keras, 0.5 for the others. */
        dropout: z.number().min(0).lt(1).optional(),
        /** Of alexnet. */
        activation: z.enum(['relu', 'tanh']).default('relu'),
        /** Of alexnet: windows of 3, or of 2, both with a stride of 2. Default: plain for keras, overlapping for the others. */
        pooling: z.enum(['overlapping', 'plain']).optional(),
        /** Of alexnet: all channels and hidden dense units are so many times their number, rounded to an even one. */
        width: z.number().positive().default(1),
        /**
         * Of alexnet's paper: 2, where conv2, conv4 and conv5 see their own half of the channels, 1, where they see all, or half:
         * one of the two alone, with half the kernels in conv1 to conv4.
         */
        towers: z.union([z.literal(1), z.literal(2), z.literal('half')], { error: '1, 2 or half' }).default(2),
        /** Local response normalisation after conv1 and conv2 of alexnet's paper. */
        lrn: z.boolean().default(true),
        /** Initial bias of the paper's conv2, conv4, conv5, fc6 and fc7: 1 in the paper, 0.1 in Caffe's replication. */
        biasInit: z.number().default(1),
        /** First kernels of alexnet's paper: N(0, 0.01²) as in the paper, or N(0, g ⁄ fan-in) with g = 2 for relu and 1 for tanh. */
        kernelInit: z.enum(['paper', 'fan-in']).default('paper'),
      })
      .readonly(),
    data: z
      .strictObject({
        format: z.enum(['image-folder', 'imagenet', 'webdataset', 'idx']),
        train: z.string().min(1),
        eval: z.string().min(1).optional(),
        /** So many training samples, drawn once whatever the seed; all where there are no more. Default: all. */
        limit: positiveInteger.optional(),
        /** Channel means, in 0…255, that are subtracted from every pixel; `auto` computes them from the training set. */
        mean: z.union([z.literal('auto'), z.array(z.number()).min(1).max(4)]).default('auto'),
        /** What a pixel is multiplied by after the mean is taken off. Default: 1 for alexnet, as in the paper; 1 ⁄ 255 for the others. */
        scale: z.number().positive().optional(),
        /** An image that cannot be decoded: `fail` by name, or `skip`: another in its place, the same at any world size. */
        onError: z.enum(['fail', 'skip']).default('fail'),
        /** Batches prepared ahead of the step that is being computed. */
        prefetch: positiveInteger.default(2),
      })
      .readonly(),
    augment: z
      .strictObject({
        /** Off: resize and centre crop only. */
        enabled: z.boolean().default(true),
        /** Shorter side after resizing, in pixels. Default: inputSize × 256 ⁄ 227, rounded; no resizing for idx. */
        resize: positiveInteger.optional(),
        /** Zero pixels added on each side before the random crop. Default: 2 for idx, 0 otherwise. */
        pad: z.int().min(0).optional(),
        /** `random-resized`: a part of the stored image of random size and aspect, resized to the input; evaluation as ever. */
        crop: z.enum(['random', 'random-resized']).default('random'),
        /** Of `random-resized`: the crop's part of the image's area, least and most. */
        scale: bounds(z.number().positive().max(1), 'two numbers above 0, at most 1, the smaller first').default([
          0.08, 1,
        ]),
        /** Of `random-resized`: its width ⁄ height, least and most. */
        ratio: bounds(z.number().positive(), 'two positive numbers, the smaller first').default([3 / 4, 4 / 3]),
        mirror: z.boolean().default(true),
        /** Upside down, with probability ½. */
        flip: z.boolean().default(false),
        /** `quarter`: by 0, 1, 2 or 3 quarter turns, each equally likely. */
        rotate: z.enum(['none', 'quarter']).default('none'),
        /** The paper's: adds Σ pᵢ·αᵢ·λᵢ to every pixel. `auto`: for alexnet on three channels, from the training set. */
        colourJitter: z
          .union(
            [
              z.literal(false),
              z.literal('auto'),
              z.strictObject({
                /** Whose eigenpairs: `train`, those of the training set. */
                source: z.enum(['train', 'imagenet']).default('train'),
                /** Standard deviation of αᵢ. */
                deviation: z.number().positive().default(0.1),
              }),
            ],
            { error: 'false, auto, or { source: train | imagenet, deviation: 0.1 }' },
          )
          .default(false),
      })
      .prefault({})
      .readonly(),
    training: z
      .strictObject({
        /** Samples an optimizer step, over all workers. */
        globalBatch: positiveInteger.default(128),
        /** Pieces of a global batch that ranks are dealt. Default: cluster.maxWorkers if set, else the starting world size. */
        microBatches: positiveInteger.optional(),
        epochs: positiveInteger.default(1),
        seed: z.int().min(0).default(1),
        /** A rank takes its micro-batches in so many rounds of forward and backward: less memory, the same bits. */
        accumulate: positiveInteger.default(1),
        /** The part of a label's probability that is spread evenly over all classes. */
        labelSmoothing: z.number().min(0).lt(1).default(0),
        /** A loss or gradient that is not finite: `stop` by name, or `skip` the step on all ranks. */
        onNonFinite: z.enum(['stop', 'skip']).default('stop'),
        /** Ranks compare their weights after every so many steps; 0: at checkpoints only. */
        digestEverySteps: z.int().min(0).default(10),
      })
      .prefault({})
      .readonly(),
    optimizer: z
      .strictObject({
        name: z.enum(['sgd', 'lars']).default('sgd'),
        learningRate: z.number().positive().default(0.01),
        momentum: z.number().min(0).lt(1).default(0.9),
        weightDecay: z.number().min(0).default(0.0005),
        /** Whether parameters of one dimension (biases, batch normalisation's) decay too, as in the paper. */
        decayBias: z.boolean().default(true),
        /** Of `lars`: the trust coefficient. */
        trust: z.number().positive().default(0.001),
        /** The mean gradient is scaled down to this norm where it is longer. */
        clipNorm: z.number().positive().optional(),
        /** The global batch that learningRate is meant for: the rate is scaled to the one there is. */
        scaleBatch: positiveInteger.optional(),
        /** The rate rises over the first epochs. Default of startFactor: scaleBatch ⁄ globalBatch, or 0.1. */
        warmup: z.strictObject({ epochs: z.number().positive(), startFactor: fraction.optional() }).optional(),
        /** `step`: the rate is multiplied by `gamma` at the start of each epoch listed. docs/configuration.md has the others. */
        schedule: z
          .discriminatedUnion('name', [
            z.strictObject({ name: z.literal('constant') }),
            z.strictObject({
              name: z.literal('step'),
              epochs: z.array(positiveInteger).min(1),
              gamma: fraction.default(0.1),
            }),
            z.strictObject({
              name: z.literal('polynomial'),
              power: z.number().positive().default(2),
              endRate: z.number().min(0).default(0),
            }),
            z.strictObject({
              name: z.literal('plateau'),
              factor: fraction.default(0.1),
              patience: positiveInteger.default(5),
              threshold: fraction.default(0),
              maxDrops: z.int().min(0).default(3),
            }),
          ])
          .default({ name: 'constant' }),
      })
      .prefault({})
      .readonly(),
    exchange: z
      .strictObject({
        /** How dense layers' gradients travel: summed, as factors that every rank multiplies, or whichever is cheaper. */
        dense: z.enum(['auto', 'all-reduce', 'factors']).default('auto'),
        /** The layers that travel as factors. Default: by `dense`, when the run starts; then fixed for the run. */
        factors: z.array(z.string().min(1)).readonly().optional(),
        /** `bf16`: micro-batches' gradients and factors, and means, are rounded to bfloat16 and travel in half the bytes. */
        compression: z.enum(['none', 'bf16']).default('none'),
        /** `canonical`: the same bits at any world size. `fast`: the plain ring, whose sums depend on the world size. */
        order: z.enum(['canonical', 'fast']).default('canonical'),
        bucketBytes: z
          .int()
          .min(4096)
          .default(8 * 1024 * 1024),
        chunkBytes: z
          .int()
          .min(1024)
          .max(3 * 1024 * 1024)
          .default(512 * 1024),
        /** `auto`: workers on one machine read each other's gradients in memory. `off`: all of them go through connections. */
        sharedMemory: z.enum(['auto', 'off']).default('auto'),
        /** A step whose exchange makes no progress for this long fails. */
        timeoutMs: milliseconds.default(60_000),
      })
      .prefault({})
      .readonly(),
    evaluation: z
      .strictObject({
        /** Evaluate after every so many epochs; 0: never. */
        everyEpochs: z.int().min(0).default(1),
        /** Rows that a piece of evaluation has; pieces are dealt to ranks. */
        batch: positiveInteger.default(64),
        /** So many samples of `data.eval`, drawn once; all where there are no more. Default: all. */
        limit: positiveInteger.optional(),
        /** Crops of an image whose softmax outputs are averaged: the centre, or the paper's ten. */
        crops: z.union([z.literal(1), z.literal(10)]).default(1),
      })
      .prefault({})
      .readonly(),
    cluster: z
      .strictObject({
        minWorkers: positiveInteger.default(1),
        maxWorkers: positiveInteger.optional(),
        /** With minWorkers there but not maxWorkers, the run starts when nobody has joined for so long. */
        settleMs: z.int().min(0).default(3_000),
        heartbeatMs: milliseconds.default(500),
        /** A worker that is not heard of for so long is dead. */
        heartbeatTimeoutMs: milliseconds.default(5_000),
        /** How long the coordinator waits for minWorkers to join and prepare. */
        startTimeoutMs: milliseconds.default(600_000),
        /** With fewer than minWorkers left, training pauses so long for others to come; then the run fails. */
        rejoinTimeoutMs: milliseconds.default(600_000),
        /** Workers whose coordinator is away train on, and look for it so long. */
        coordinatorTimeoutMs: milliseconds.default(600_000),
        /** A coordinator that is started again waits so long for the workers of its run before it goes on without them. */
        reattachMs: z.int().min(0).default(5_000),
        /** A worker that was lost so often within lossWindowMs is not taken back. */
        maxLosses: positiveInteger.default(5),
        lossWindowMs: milliseconds.default(600_000),
        /** A rank whose computing takes so many times as long as the others' (their median) is named; 0: never. */
        stragglerFactor: z.number().min(0).default(2),
        /** Without a step for so long, the coordinator says who is waited for, and again each time as long; 0: never. */
        stallReportMs: z.int().min(0).default(30_000),
        /** TensorFlow threads a worker uses: part of what fixes the bits of a run. */
        threads: positiveInteger.default(1),
      })
      .prefault({})
      .readonly(),
    checkpoint: z
      .strictObject({
        /** Also at step 0 and at the last step, always. */
        everySteps: positiveInteger.default(100),
        /** Newest checkpoints kept beside step 0. */
        keep: positiveInteger.default(3),
        /** Beside them, those with the least top-1 error in evaluation; evaluated steps that are among them are written too. */
        keepBest: z.int().min(0).default(1),
        /** After a stop was asked for, the last step and its checkpoint may take so long. */
        graceMs: milliseconds.default(120_000),
      })
      .prefault({})
      .readonly(),
    log: z
      .strictObject({
        /** Steps between two progress lines of the coordinator. */
        everySteps: positiveInteger.default(10),
        level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
        /** A loss of more than so many times the median of the last steps is warned of; 0: never. */
        spikeFactor: z.union([z.literal(0), z.number().gt(1)], { error: '0, or a number above 1' }).default(3),
      })
      .prefault({})
      .readonly(),
    monitoring: z
      .strictObject({
        /** The coordinator writes TensorBoard's event files into the run directory, beside metrics.jsonl. */
        tensorboard: z.boolean().default(false),
        /** OpenTelemetry traces, which the coordinator sends (OTLP) where there is an endpoint, here or in the standard variables. */
        traces: z
          .strictObject({
            /** Where to, as OTEL_EXPORTER_OTLP_ENDPOINT says it: /v1/traces is appended. Default: the standard variables'. */
            endpoint: z
              .url({ protocol: /^https?$/, error: 'a URL such as http://collector:4318' })
              .refine((url) => !URL.canParse(url) || (new URL(url).username === '' && new URL(url).password === ''), {
                error: 'a URL without credentials: they go into OTEL_EXPORTER_OTLP_HEADERS',
              })
              .optional(),
            /** Of each step that is a multiple of this; 0: of none, whatever the variables say. */
            everySteps: z.int().min(0).default(100),
          })
          .prefault({})
          .readonly(),
      })
      .prefault({})
      .readonly(),
  })
  .superRefine(({ model, data, augment, training, optimizer, exchange, evaluation }, context) => {
    const refuse = (path: string[], message: string) => {
      context.addIssue({ code: 'custom', path, message });
    };
    if (optimizer.schedule.name === 'plateau' && (data.eval === undefined || evaluation.everyEpochs === 0))
      refuse(
        ['optimizer', 'schedule', 'name'],
        'data.eval and evaluation.everyEpochs beside it: it goes by evaluations',
      );
    if (augment.crop === 'random-resized' && (augment.pad ?? 0) > 0)
      refuse(['augment', 'pad'], '0: nothing is padded beside crop: random-resized');
    if (exchange.compression !== 'none' && exchange.order === 'fast')
      refuse(
        ['exchange', 'compression'],
        'none beside order: fast, whose sums on the way would be rounded at each hop',
      );
    if (model.name === 'module') {
      if (model.module === undefined)
        refuse(['model', 'module'], 'a path that begins with ./, or a package, beside name: module');
      if (model.inputSize === undefined) refuse(['model', 'inputSize'], 'the height and width of its input, in pixels');
    } else
      for (const key of ['module', 'options'] as const)
        if (model[key] !== undefined) refuse(['model', key], `name: module beside it; ${model.name} has none`);
    if (training.accumulate > 1 && model.name === 'alexnet' && model.variant === 'keras')
      refuse(['training', 'accumulate'], '1: the keras variant normalises over the whole global batch at once');
  });

/** A configuration with every default that does not depend on the data or the world size filled in. */
export type RunConfig = z.output<typeof runConfigSchema>;
