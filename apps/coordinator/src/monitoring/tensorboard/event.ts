import { fileURLToPath } from 'node:url';
import type { HistogramSummary } from '@tandem/observability';
import protobuf from 'protobufjs';

// `src` and `dist` are equally deep.
const eventProto = fileURLToPath(new URL('../../../../../protos/tensorboard/event.proto', import.meta.url));
let eventType: protobuf.Type | undefined;

/** The version of event files whose readers drop what a START makes invalid. */
export const FILE_VERSION = 'brain.Event:2';

/** protos/tensorboard/event.proto; field names in camelCase, enumerations as text. */
export interface TensorBoardEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly fileVersion?: string;
  readonly sessionLog?: { readonly status: 'START' };
  readonly summary?: { readonly value: readonly SummaryValue[] };
}

export type SummaryValue = { readonly tag: string } & (
  { readonly simpleValue: number } | { readonly histo: HistogramSummary } | { readonly image: ImageSummary }
);

export interface ImageSummary {
  readonly height: number;
  readonly width: number;
  readonly colorspace: 3;
  /** A PNG. */
  readonly encodedImageString: Uint8Array;
}

export function encodeEvent(event: TensorBoardEvent): Uint8Array {
  eventType ??= protobuf.loadSync(eventProto).lookupType('tensorflow.Event');
  return eventType.encode(eventType.fromObject(event)).finish();
}
