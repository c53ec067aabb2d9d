import type { RunConfig } from '@tandem/core';

/** Where traces go, and of which steps they are. */
export interface TraceSettings {
  readonly url: string;
  readonly everySteps: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What the OpenTelemetry SDK takes where nothing is said: a collector on this machine. */
const DEFAULT_ENDPOINT = 'http://localhost:4318';

const PROTOCOL = 'http/protobuf';

/**
 * Traces are wanted where the configuration or OpenTelemetry's own variables say where to; undefined: they are not. `refused`: they are,
 * and cannot be, for this reason.
 */
export function traceSettings(
  { endpoint, everySteps }: RunConfig['monitoring']['traces'],
  environment: Environment = process.env,
): TraceSettings | { readonly refused: string } | undefined {
  // An empty variable is none, says OpenTelemetry.
  const variable = (name: string) => environment[name]?.trim() || undefined;
  const exporters = variable('OTEL_TRACES_EXPORTER')
    ?.split(',')
    .map((name) => name.trim());
  const isOff = variable('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || exporters?.includes('otlp') === false;
  if (everySteps === 0 || isOff) return undefined;
  const exact = variable('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  const base = variable('OTEL_EXPORTER_OTLP_ENDPOINT') ?? (exporters === undefined ? undefined : DEFAULT_ENDPOINT);
  const where = endpoint === undefined ? (exact ?? appended(base)) : appended(endpoint);
  if (where === undefined) return undefined;
  const protocolVariable = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'].find(variable);
  if (protocolVariable !== undefined && variable(protocolVariable) !== PROTOCOL)
    return {
      refused: `${protocolVariable} is ${variable(protocolVariable)}, and Tandem speaks ${PROTOCOL} alone, which collectors take at port 4318`,
    };
  if (!/^https?:\/\//.test(where) || !URL.canParse(where))
    return { refused: `the endpoint ${where} is no URL such as ${DEFAULT_ENDPOINT}` };
  return { url: where, everySteps };
}

function appended(base: string | undefined): string | undefined {
  return base === undefined ? undefined : `${base.replace(/\/+$/, '')}/v1/traces`;
}
