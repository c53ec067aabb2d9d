import { join } from 'node:path';
import protobuf from 'protobufjs';

type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A span as it came over the wire; times are nanoseconds since 1970, ids hexadecimal digits. */
export interface ReceivedSpan {
  readonly resource: Attributes;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: it is a root. */
  readonly parent: string;
  readonly name: string;
  readonly startNs: string;
  readonly endNs: string;
  /** What a status of ERROR says. */
  readonly error: string | null;
  readonly attributes: Attributes;
}

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, string | number | boolean>>;
}

interface Request {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes?: readonly KeyValue[] };
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}

interface Span {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly parentSpanId?: Uint8Array;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
  readonly status?: { readonly message?: string; readonly code?: number };
}

const STATUS_CODE_ERROR = 2;

const ExportTraceServiceRequest = protobuf
  .loadSync(join(import.meta.dirname, 'otlp.proto'))
  .lookupType('opentelemetry.ExportTraceServiceRequest');

/** The spans of the bodies of requests, in their order. */
export function decodeSpans(bodies: readonly Uint8Array[]): ReceivedSpan[] {
  return bodies.flatMap((body) => {
    const request = ExportTraceServiceRequest.toObject(ExportTraceServiceRequest.decode(body), { longs: String });
    const { resourceSpans = [] } = request as Request;
    return resourceSpans.flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) =>
        spans.map((span) => ({
          resource: attributesOf(resource.attributes),
          ...{ traceId: hex(span.traceId), spanId: hex(span.spanId), parent: hex(span.parentSpanId) },
          ...{ name: span.name, startNs: span.startTimeUnixNano, endNs: span.endTimeUnixNano },
          error: span.status?.code === STATUS_CODE_ERROR ? (span.status.message ?? '') : null,
          attributes: attributesOf(span.attributes),
        })),
      ),
    );
  });
}

const hex = (bytes: Uint8Array = new Uint8Array()) => Buffer.from(bytes).toString('hex');

function attributesOf(pairs: readonly KeyValue[] = []): Attributes {
  return Object.fromEntries(
    pairs.map(({ key, value }) => {
      const { intValue, ...others } = value;
      return [key, intValue === undefined ? Object.values(others)[0]! : Number(intValue)];
    }),
  );
}
