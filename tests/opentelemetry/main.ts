import { openTelemetryEnvironment } from './environment.js';

// `npm run otlp-reader`: tests read what was sent by OpenTelemetry's own protobuf messages afterwards.
process.stdout.write(`${openTelemetryEnvironment.provision()}\n`);
