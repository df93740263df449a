import { keyString } from '../../../wire/bytes.ts';
import type { TransactionOperation } from '../../../wire/operation.ts';
import type { WireEntry } from '../../../wire/result.ts';
import type { OperationRecord } from '../history.ts';
import { type RegisterOperation, registerFootprint, registerModel } from '../models/register.ts';
import { settleUnanswered } from '../models/unanswered-writes.ts';
import { type Partition, partitionOf } from '../partition.ts';
import type { TimedOperation } from '../wgl/model.ts';
import { KeyProjection, type KnownValues, valueKey } from './keys.ts';
import { addTo, type PossibleEffect, possibleEffect, timedEffect } from './records.ts';

type Write = Exclude<TransactionOperation, { readonly kind: 'get' }>;

/** The keys of a history, each with what every operation has found and done in it. */
export function* keyPartitions(records: readonly OperationRecord[]): IterableIterator<Partition> {
  const effects: PossibleEffect[] = [];
  for (const record of records) {
    const effect = possibleEffect(record);
    if (effect !== undefined) effects.push(effect);
  }
  const survey = new Survey(effects);
  const projection = new KeyProjection(survey.keys, survey);
  const operations = new Map<string, TimedOperation<RegisterOperation>[]>();
  for (const effect of effects) {
    for (const steps of projection.project(effect)) {
      for (const [key, ofKey] of steps) addTo(operations, key, timedEffect(effect, ofKey, groupOf(effect, ofKey)));
    }
  }
  for (const [key, owners] of survey.owners) {
    for (const [owner, start] of owners) {
      for (const operation of sessionEnds(owner, start, survey.closings.get(owner))) addTo(operations, key, operation);
    }
  }
  for (const [key, ofKey] of operations) {
    yield partitionOf('key', key, settleUnanswered(ofKey, registerFootprint), registerModel);
  }
}

/** A session may end at any time without anybody's call; its client's closing, once answered, has surely ended it. */
function* sessionEnds(
  owner: number,
  start: number,
  closing: PossibleEffect | undefined,
): IterableIterator<TimedOperation<RegisterOperation>> {
  const operation = [{ kind: 'endSession', owner }] as const;
  yield { operation, start, end: Number.POSITIVE_INFINITY, source: { endOfSession: owner } };
  if (closing !== undefined) yield timedEffect(closing, operation);
}

function groupOf({ answer }: PossibleEffect, steps: RegisterOperation): string | undefined {
  return answer === undefined ? JSON.stringify(steps) : undefined;
}

/** One look at the whole history before any key is. */
class Survey implements KnownValues {
  readonly keys = new Set<string>();
  readonly asked = new Set<string>();
  readonly askedRevisions = new Set<number>();
  readonly revisions = new Map<string, number>();
  readonly claimed = new Map<string, Map<number, string | undefined>>();
  /** Of each key, the sessions that may have owned it, and since when at the earliest. */
  readonly owners = new Map<string, Map<number, number>>();
  readonly closings = new Map<number, PossibleEffect>();
  readonly #writers = new Map<string, OperationRecord | 'several'>();
  readonly #shown: WireEntry[] = [];

  constructor(effects: readonly PossibleEffect[]) {
    for (const effect of effects) {
      this.#surveyCall(effect);
      this.#surveyAnswer(effect);
    }
    for (const { key: keyBytes, value: valueBytes, modRevision } of this.#shown) {
      const key = keyString(keyBytes);
      const value = keyString(valueBytes);
      this.asked.add(value);
      const name = valueKey(key, value);
      if (this.#writers.get(name) === 'several') continue;
      this.revisions.set(name, modRevision);
      this.#claim(key, modRevision, value);
    }
  }

  #surveyCall(effect: PossibleEffect): void {
    const { record, answer } = effect;
    const { body, command } = record;
    switch (body.kind) {
      case 'put':
      case 'delete':
        this.#surveyWrite(body, effect);
        break;
      case 'transaction':
        for (const condition of body.if) {
          if (condition.kind !== 'lockHeld') this.keys.add(keyString(condition.key));
          if (condition.kind === 'modRevisionIs') this.askedRevisions.add(condition.modRevision);
          if (condition.kind === 'valueIs') this.asked.add(keyString(condition.value));
        }
        for (const operation of [...body.then, ...body.else]) {
          if (operation.kind === 'get') this.keys.add(keyString(operation.key));
          else this.#surveyWrite(operation, effect);
        }
        break;
      case 'get':
        this.keys.add(keyString(body.key));
        break;
      case 'closeSession':
        if (command !== undefined && answer?.kind === 'sessionClosed') this.closings.set(command.sessionId, effect);
        break;
    }
  }

  #surveyWrite(operation: Write, { record, start, revision }: PossibleEffect): void {
    const key = keyString(operation.key);
    this.keys.add(key);
    if (operation.kind === 'delete') return;
    if (revision !== 0) this.#claim(key, revision);
    const name = valueKey(key, keyString(operation.value));
    const writer = this.#writers.get(name);
    this.#writers.set(name, writer === undefined || writer === record ? record : 'several');
    if (!operation.ephemeral || record.command === undefined) return;
    const owners = this.owners.get(key) ?? new Map<number, number>();
    this.owners.set(key, owners);
    const { sessionId } = record.command;
    owners.set(sessionId, Math.min(owners.get(sessionId) ?? Number.POSITIVE_INFINITY, start));
  }

  #surveyAnswer({ answer }: PossibleEffect): void {
    if (answer?.kind === 'get') this.#show(answer.entry);
    if (answer?.kind === 'range') for (const entry of answer.entries) this.#show(entry);
    if (answer?.kind !== 'transaction') return;
    for (const result of answer.results) if (result.kind === 'get') this.#show(result.entry);
  }

  #show(entry: WireEntry | undefined): void {
    if (entry === undefined) return;
    this.keys.add(keyString(entry.key));
    this.#shown.push(entry);
  }

  #claim(key: string, revision: number, value?: string): void {
    const claimed = this.claimed.get(key) ?? new Map<number, string | undefined>();
    this.claimed.set(key, claimed);
    claimed.set(revision, value);
  }
}
