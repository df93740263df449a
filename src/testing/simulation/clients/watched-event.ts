import { keyString } from '../../../wire/bytes.ts';
import type { WatchTarget, WireEvent } from '../../../wire/watch.ts';
import type { WatchedEvent } from '../../checkers/history.ts';
import type { Coverage, CoverageMarker } from '../coverage.ts';

/** In the form in which the reference log holds it. */
export function watchedEvent(event: WireEvent): WatchedEvent {
  if (event.type !== 'put' && event.type !== 'delete') return event;
  return {
    type: event.type,
    key: keyString(event.key),
    entry: event.type === 'put' ? event.entry : undefined,
    previous: event.previous,
  };
}

const markers = {
  keys: 'watch event delivered',
  locks: 'lock event delivered',
  counters: 'counter event delivered',
  sessions: 'session event delivered',
} as const satisfies Record<WatchTarget['kind'], CoverageMarker>;

export function hitWatchEvent(coverage: Coverage, target: WatchTarget): void {
  coverage.hit(markers[target.kind]);
  if (target.events !== 'all' || target.keysOnly || target.withoutPrevious) coverage.hit('filtered event delivered');
}
