import type { WireObjectEvent } from '../wire/watch.ts';
import { lockEventState } from './lock-event-state.ts';
import type { State } from './state.ts';

/** After each command: what it has done to locks, counters and sessions becomes events of its revision. */
export function recordObjectChanges({ locks, counters, sessions, objects, history }: State): void {
  if (!locks.changed.any && !counters.haveChanged && !sessions.haveChanged) return;
  const events: WireObjectEvent[] = [];
  for (const name of locks.changed.take()) {
    events.push({ type: 'lock', name, state: lockEventState(locks, name) });
  }
  for (const [name, previous] of counters.takeChanged()) {
    const value = counters.get(name);
    if (value !== previous) events.push({ type: 'counter', name, value, previous });
  }
  events.push(...sessions.takeChanged());
  if (events.length > 0) objects.record(history.revision, events);
}
