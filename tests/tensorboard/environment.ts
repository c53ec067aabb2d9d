import { join } from 'node:path';
import { PythonEnvironment } from '../parity/src/python-environment.js';

/** The Python that has TensorBoard. */
export const tensorBoardEnvironment = new PythonEnvironment(
  'tensorboard',
  join(import.meta.dirname, 'requirements.txt'),
);

export const readerScript = join(import.meta.dirname, 'reader.py');
