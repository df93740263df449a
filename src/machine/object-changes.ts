import { CounterEvent, LockEvent, SessionEvent } from './object-event.ts';
import type { State } from './state.ts';

/** After each command: what it has done to locks, counters and sessions becomes events of its revision. */
export function recordObjectChanges({ locks, counters, sessions, objects, history }: State): void {
  const { revision } = history;
  if (locks.changed.any) {
    for (const name of locks.changed.take()) objects.record(LockEvent.of(revision, name, locks.get(name)));
  }
  if (counters.haveChanged) {
    for (const [name, previous] of counters.takeChanged()) {
      const value = counters.get(name);
      if (value !== previous) objects.record(new CounterEvent(revision, name, value, previous));
    }
  }
  if (sessions.haveChanged) {
    for (const event of sessions.takeChanged()) objects.record(new SessionEvent(revision, event));
  }
}
