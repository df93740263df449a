import { keyString } from '../../../wire/bytes.ts';
import type { WireEvent } from '../../../wire/frame.ts';
import type { WatchedEvent } from '../../checkers/history.ts';

/** In the form in which the reference log holds it. */
export function watchedEvent(event: WireEvent): WatchedEvent {
  return {
    type: event.type,
    key: keyString(event.key),
    entry: event.type === 'put' ? event.entry : undefined,
    previous: event.previous,
  };
}
