import type { Revision } from '../../../wire/identifiers.ts';
import type { WireEntry } from '../../../wire/result.ts';
import {
  type AcquisitionHistory,
  type AppliedOperation,
  generationAt,
  type ReferenceLog,
} from '../../checkers/reference-log.ts';
import { describe, sameStructure } from '../../checkers/structural-equality.ts';
import type { ObservedMachine } from './observed-machine.ts';
import { violated } from './violation.ts';

const newest = 0 as Revision;
/** So many of them are looked at. */
const historyRevisions = 200;
const everyKey = { from: new Uint8Array([0]), to: 'unbounded' } as const;

/**
 * 11, 19 and 22, over the whole state: keys, sessions, locks with their queues, and counters are what the model says they are at that
 * revision. So what a session owned is gone in the revision in which it ended, and a counter is the sum of what was added to it.
 */
export class StateInvariant {
  readonly #log: ReferenceLog;
  readonly #locks = new Set<string>();
  readonly #counters = new Set<string>();

  constructor(log: ReferenceLog) {
    this.#log = log;
  }

  /** Names are collected from the log. */
  onChosen({ operation: { body } }: AppliedOperation): void {
    if (body.kind === 'lockAcquire') {
      this.#locks.add(body.name);
      for (const name of body.terms?.otherNames ?? []) this.#locks.add(name);
    }
    if (body.kind === 'counterAdd' || body.kind === 'counterCompareAndSet') this.#counters.add(body.name);
  }

  /** Of all locks that anybody ever asked for. */
  get lockNames(): ReadonlySet<string> {
    return this.#locks;
  }

  /** Takes long. */
  check(nodeId: string, machine: ObservedMachine): void {
    const at = `${nodeId}, revision ${machine.revision}`;
    this.#checkKeys(at, machine);
    this.#checkSessions(at, machine);
    this.#checkLocks(at, machine);
    this.#checkCounters(at, machine);
    this.#checkHistory(at, machine);
  }

  #checkKeys(at: string, machine: ObservedMachine): void {
    const body = { kind: 'range', range: everyKey, revision: newest, consistency: 'stale', limit: 0 } as const;
    const result = machine.read(body);
    if (result.kind !== 'range') violated('whole state equals the model', `${at}: ${describe(result)}`);
    const expected = this.#log
      .keys()
      .map((key) => this.#log.entryAt(key, machine.revision))
      .filter((entry) => entry !== undefined);
    const shown = result.more ? expected.slice(0, result.entries.length) : expected;
    const found = result.entries.map(plainEntry);
    if (sameStructure(shown, found)) return;
    violated('whole state equals the model', `${at}: keys ${describe(found)}, not ${describe(shown)}`);
  }

  #checkSessions(at: string, machine: ObservedMachine): void {
    const live: unknown[] = [];
    for (const session of this.#log.sessions.values()) {
      const { sessionId, ttlMs, endedRevision } = session;
      if (sessionId > machine.revision || (endedRevision ?? Number.POSITIVE_INFINITY) <= machine.revision) continue;
      live.push({ sessionId, generation: generationAt(session, machine.revision), ttlMs });
    }
    const found = Array.from(machine.sessions(), ({ id, generation, ttlMs }) => ({ sessionId: id, generation, ttlMs }));
    if (sameStructure(live, found)) return;
    violated('whole state equals the model', `${at}: sessions ${describe(found)}, not ${describe(live)}`);
  }

  #checkLocks(at: string, machine: ObservedMachine): void {
    for (const name of this.#locks) {
      const found = machine.read({ kind: 'lockInspect', name, consistency: 'stale', limit: 0 });
      const expected = this.#log.lockDetailsAt(name, machine.revision);
      if (sameStructure(found, expected)) continue;
      violated('whole state equals the model', `${at}: ${name} is ${describe(found)}, not ${describe(expected)}`);
    }
    for (const acquisition of this.#log.acquisitions.values()) {
      const { name, sessionId, sequence } = acquisition;
      const found = machine.acquisition(name, sessionId, sequence);
      const expected = stateAt(acquisition, machine.revision);
      if (found.state === expected && (found.state !== 'held' || found.token === acquisition.token)) continue;
      violated('whole state equals the model', `${at}: ${describe(found)}, not ${expected}: ${describe(acquisition)}`);
    }
  }

  #checkCounters(at: string, machine: ObservedMachine): void {
    for (const name of this.#counters) {
      const found = machine.read({ kind: 'counterGet', name, consistency: 'stale' });
      const value = this.#log.counterAt(name, machine.revision);
      if (sameStructure(found, { kind: 'counterValue', value })) continue;
      violated('whole state equals the model', `${at}: ${name} is ${describe(found)}, not ${value}`);
    }
  }

  /** What the newest revisions did to locks, counters and sessions. */
  #checkHistory(at: string, machine: ObservedMachine): void {
    const oldest = Math.max(machine.compactedRevision + 1, machine.revision - historyRevisions);
    for (let revision = oldest; revision <= machine.revision; revision++) {
      const found = machine.objectEventsAt(revision).map(({ event }) => event);
      const expected = this.#log.objectEvents(revision);
      if (sameStructure(found, expected)) continue;
      violated(
        'whole state equals the model',
        `${at}: events of revision ${revision} are ${describe(found)}, not ${describe(expected)}`,
      );
    }
  }
}

/** Without what a machine keeps beside it. */
function plainEntry({ key, value, createRevision, modRevision, version, sessionId }: WireEntry): WireEntry {
  return { key, value, createRevision, modRevision, version, sessionId };
}

/** `queued` or `held` at a revision; `gone` before and after. */
export function stateAt(
  { askedRevision, grantedRevision, endedRevision }: AcquisitionHistory,
  revision: number,
): 'queued' | 'held' | 'gone' {
  if (askedRevision > revision || (endedRevision ?? Number.POSITIVE_INFINITY) <= revision) return 'gone';
  return (grantedRevision ?? Number.POSITIVE_INFINITY) <= revision ? 'held' : 'queued';
}
