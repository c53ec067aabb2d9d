import { trainingBenchmark } from './training-benchmark.js';

// One worker on one core beside TensorFlow's own compiled step (tf.function; XLA's CPU code was slower where it was tried):
// `npm run bench:step -- --rounds 3`.

await trainingBenchmark('step', [1], [{ name: 'tf.function', script: 'tf_step.py', forms: ['graph'] }]);
