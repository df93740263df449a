import type { Instant } from '../wire/clock-reader.ts';
import type { ClientFrame } from '../wire/frame.ts';
import type { StreamId } from './core/input.ts';
import { GrpcTransport, type TransportListener } from './grpc-transport.ts';
import { systemClock } from './system-clock.ts';

/** The streams of one client. */
export interface Transport {
  open(stream: StreamId, endpoint: string): void;
  send(stream: StreamId, frame: ClientFrame): void;
  close(stream: StreamId): void;
  closeAll(): void;
}

/** What a client has of the machine that it runs on. */
export interface Surroundings {
  readonly clock: { monotonicMs(): number; now(): Instant };
  openTransport(listener: TransportListener): Transport;
}

export const systemSurroundings: Surroundings = {
  clock: systemClock,
  openTransport: (listener) => new GrpcTransport(listener),
};
