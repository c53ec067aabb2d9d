import { join } from 'node:path';
import { PythonEnvironment } from '../parity/src/python-environment.js';

/** The Python that has OpenTelemetry's protobuf messages. */
export const openTelemetryEnvironment = new PythonEnvironment(
  'opentelemetry',
  join(import.meta.dirname, 'requirements.txt'),
);

export const otlpReaderScript = join(import.meta.dirname, 'reader.py');
