import type { ChannelOptions } from '@grpc/grpc-js';

const MiB = 1024 * 1024;

/** The most data a Chunk may have: what peers agree on, whatever `exchange.chunkBytes` is. */
export const MAX_CHUNK_DATA_BYTES = 4 * MiB;

/** Room for the other fields of a message that has `MAX_CHUNK_DATA_BYTES` of data. */
const HEADER_BYTES = 1024;

/** No message of a Tandem service is larger. */
export const MAX_MESSAGE_BYTES = MAX_CHUNK_DATA_BYTES + HEADER_BYTES;

/**
 * What a client lets a server have under way to it, unread. At HTTP/2's default of 64 KiB a stream stands still for a
 * round trip every 64 KiB. The window of a grpc-js server cannot be raised: bulk data is pulled, never pushed.
 */
export const FLOW_CONTROL_WINDOW_BYTES = 16 * MiB;

/** Every connection with a stream on it is probed so often: what finds a machine that went without a word. */
export const KEEPALIVE_TIME_MS = 5_000;

/** A connection whose probe is not answered for so long is closed, and its streams fail with UNAVAILABLE. */
export const KEEPALIVE_TIMEOUT_MS = 5_000;

/** Connections that a server takes at the same time: one a peer, and some. */
export const MAX_CONNECTIONS = 4_096;

/** Calls that one connection may have open: peers need one at a time, workers two at their coordinator. */
export const MAX_STREAMS_A_CONNECTION = 32;

const both: ChannelOptions = {
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.keepalive_time_ms': KEEPALIVE_TIME_MS,
  'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
};

/** Channelz stays on: without it, grpc-js 1.14's `forceShutdown` leaves every open connection as it is. */
export const serverOptions: ChannelOptions = {
  ...both,
  'grpc.max_concurrent_streams': MAX_STREAMS_A_CONNECTION,
};

export const clientOptions: ChannelOptions = {
  ...both,
  'grpc.enable_channelz': 0,
  'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW_BYTES,
  // Streams are not repeatable, and a retry buffer would hold copies of what was sent.
  'grpc.enable_retries': 0,
  // Addresses are those that the coordinator and the workers gave; no proxy stands between them.
  'grpc.enable_http_proxy': 0,
  // Two clients of one address must not share one connection's windows, nor its fate.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 2_000,
};
