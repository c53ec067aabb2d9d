import { trainingBenchmark } from './training-benchmark.js';

// Training on one and two workers of one core each beside PyTorch's DistributedDataParallel on gloo and TensorFlow's
// MultiWorkerMirroredStrategy: `npm run bench:ddp -- --rounds 3`.

await trainingBenchmark(
  'ddp',
  [2, 1],
  [
    { name: 'DDP', script: 'ddp_step.py', forms: ['channels-last', 'contiguous'] },
    { name: 'MultiWorkerMirrored', script: 'tf_step.py', forms: ['graph'] },
  ],
);
