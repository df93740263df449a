import type { Sequence, SessionId } from '../../../wire/identifiers.ts';
import type { Transaction } from '../../../wire/operation.ts';
import type { Finding, History, OperationRecord } from '../history.ts';
import { chainGrants, fencedMutexModel, type MutexOperation } from '../models/fenced-mutex.ts';
import { type Partition, partitionOf } from '../partition.ts';
import { acquisitionKey } from '../reference-log.ts';
import { describe } from '../structural-equality.ts';
import type { TimedOperation } from '../wgl/model.ts';
import { addTo, type PossibleEffect, possibleEffect, timedEffect } from './records.ts';
import { pathTaken } from './transaction-path.ts';

/** A grant of which somebody has learned. */
interface KnownGrant {
  /** Of its acquisition. */
  readonly key: string;
  readonly name: string;
  readonly token: number;
  /** When anybody first knew of it. */
  knownUs: number;
  readonly source: unknown;
}

/**
 * The locks of a history. An acquisition is an operation from the call to the moment when its grant was first known to anybody: by its
 * answer, by a grant told later, or by a look at the lock. Those of which nobody has learned are left out, and so are releases of them:
 * any hold may end by itself with its session, so that they explain nothing.
 *
 * Several locks that were acquired together are looked at one by one. A lock that was ever shared, or of which permits were held, is no
 * mutex, and is left out: the comparison with the log sees it.
 */
export class LockPartitions {
  readonly findings: Finding[] = [];
  readonly #grants = new Map<string, KnownGrant>();
  readonly #calls = new Map<string, number>();
  readonly #locks = new Map<string, TimedOperation<MutexOperation>[]>();
  /** Those that are no mutexes. */
  readonly #shared = new Set<string>();

  constructor(history: History) {
    for (const { name, mode = 'exclusive' } of history.holds) if (mode !== 'exclusive') this.#shared.add(name);
    for (const record of history.operations) this.#learn(record);
    for (const grant of history.grants) {
      if (grant.state === 'held')
        this.#know(grant.name, grant.sessionId, grant.sequence, grant.token, grant.atUs, grant);
    }
    for (const { key, name, token, knownUs: end, source } of this.#grants.values()) {
      // The call of one that asked through the SDK is not in the history.
      const start = Math.min(this.#calls.get(key) ?? 0, end);
      addTo(this.#locks, name, { operation: { kind: 'grant', token, leased: true }, start, end, source });
    }
    for (const record of history.operations) this.#add(record);
  }

  *partitions(): IterableIterator<Partition> {
    for (const [name, operations] of this.#locks) {
      if (this.#shared.has(name)) continue;
      yield partitionOf('lock', name, chainGrants(operations), fencedMutexModel);
    }
  }

  #learn({ body, command, outcome, callUs }: OperationRecord): void {
    if (body.kind === 'lockAcquire' && command !== undefined) {
      if (body.terms !== undefined && body.terms.mode !== 'exclusive') this.#shared.add(body.name);
      this.#calls.set(acquisitionKey(command.sessionId, command.sequence), callUs);
    }
    if (outcome.kind !== 'done') return;
    const { body: answer, returnUs } = outcome;
    if (body.kind === 'lockAcquire' && command !== undefined && answer.kind === 'lock' && answer.state === 'held') {
      for (const name of [body.name, ...(body.terms?.otherNames ?? [])]) {
        this.#know(name, command.sessionId, command.sequence, answer.token, returnUs, { body, answer });
      }
    }
    if (body.kind === 'lockGet' && answer.kind === 'lockState' && answer.holder !== undefined) {
      const { sessionId, sequence, token, mode } = answer.holder;
      if (mode !== 'exclusive') this.#shared.add(body.name);
      this.#know(body.name, sessionId, sequence, token, returnUs, { body, answer });
    }
  }

  #know(name: string, sessionId: SessionId, sequence: Sequence, token: number, knownUs: number, source: unknown): void {
    const key = acquisitionKey(sessionId, sequence);
    const known = this.#grants.get(grantKey(key, name));
    if (known === undefined) {
      this.#grants.set(grantKey(key, name), { key, name, token, knownUs, source });
    } else if (known.token !== token) {
      this.findings.push({
        check: 'an acquisition has one token',
        detail: `${describe(known)} and ${describe(source)}`,
      });
    } else if (knownUs < known.knownUs) {
      known.knownUs = knownUs;
    }
  }

  #add(record: OperationRecord): void {
    const { body } = record;
    const effect = possibleEffect(record);
    if (effect?.answer === undefined) return;
    if (body.kind === 'transaction') {
      for (const [name, seen] of lockConditions(body, effect)) addTo(this.#locks, name, timedEffect(effect, seen));
      return;
    }
    if (body.kind !== 'lockGet' && body.kind !== 'lockRelease' && body.kind !== 'lockCancel') return;
    const operation = this.#operation(effect);
    if (operation !== undefined) addTo(this.#locks, body.name, timedEffect(effect, operation));
  }

  #operation({ record: { body, command }, answer }: PossibleEffect): MutexOperation | undefined {
    if (body.kind === 'lockGet') {
      if (body.consistency === 'stale' || answer?.kind !== 'lockState') return undefined;
      return answer.holder === undefined ? { kind: 'free' } : { kind: 'holds', token: answer.holder.token };
    }
    if ((body.kind !== 'lockRelease' && body.kind !== 'lockCancel') || command === undefined) return undefined;
    const token = this.#grants.get(grantKey(acquisitionKey(command.sessionId, body.sequence), body.name))?.token;
    if (token === undefined) return undefined;
    if (answer?.kind === 'lockReleased') return { kind: answer.released ? 'release' : 'holdsNot', token };
    if (answer?.kind !== 'lockCancelled') return undefined;
    if (answer.state === 'released') return { kind: 'release', token };
    return { kind: 'holdsNot', token };
  }
}

/** Of several locks that were acquired together, each has one. */
function grantKey(acquisition: string, name: string): string {
  return `${acquisition}/${name}`;
}

/** What the outcome of a transaction says about locks: of several conditions that failed together, nobody knows which one did. */
function* lockConditions(
  transaction: Transaction,
  { answer }: PossibleEffect,
): IterableIterator<[string, MutexOperation]> {
  if (answer?.kind !== 'transaction') return;
  for (const step of pathTaken(transaction, answer)) {
    if (step.kind !== 'conditions') continue;
    for (const condition of step.conditions) {
      if (condition.kind !== 'lockHeld') continue;
      const { name, token } = condition;
      if (step.held) yield [name, { kind: 'holds', token }];
      else if (step.conditions.length === 1) yield [name, { kind: 'holdsNot', token }];
    }
  }
}
