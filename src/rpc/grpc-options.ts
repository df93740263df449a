import type { ChannelOptions } from '@grpc/grpc-js';

/** A message longer than this is refused by the receiver, and its stream ends with RESOURCE_EXHAUSTED. */
export const maxMessageBytes = 16 * 1024 * 1024;

const commonOptions: ChannelOptions = {
  'grpc.enable_channelz': 0,
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
};

/** A peer or client that vanished without a word (half-open connection) is noticed after 10 s at the latest. */
export const serverOptions: ChannelOptions = {
  ...commonOptions,
  'grpc.max_concurrent_streams': 128,
  'grpc.keepalive_time_ms': 5_000,
  'grpc.keepalive_timeout_ms': 5_000,
};

/** One TCP connection per client object; no proxy, no retries: what is lost is retried by the protocol above. */
export const dialOptions: ChannelOptions = {
  ...commonOptions,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
};

/** A half-open link is given up after 2 s at the latest. */
export const linkOptions: ChannelOptions = {
  ...dialOptions,
  'grpc.keepalive_time_ms': 1_000,
  'grpc.keepalive_timeout_ms': 1_000,
};
