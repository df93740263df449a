import { keyString } from '../../../wire/bytes.ts';
import type { Delete, KeyOperation, Put, Transaction, TransactionCondition } from '../../../wire/operation.ts';
import type { ResultBody, WireEntry } from '../../../wire/result.ts';
import { sequentialDigits } from '../../../wire/sequential-key.ts';
import type { OperationRecord } from '../history.ts';
import { type RegisterOperation, registerFootprint, registerModel } from '../models/register.ts';
import { settleUnanswered } from '../models/unanswered-writes.ts';
import { type Partition, partitionOf } from '../partition.ts';
import type { TimedOperation } from '../wgl/model.ts';
import { KeyProjection, type KeySteps, type KnownValues, valueKey } from './keys.ts';
import { addTo, type PossibleEffect, possibleEffect, timedEffect } from './records.ts';
import { allSteps, pathTaken } from './transaction-path.ts';

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
    for (const [key, ofKey] of distinct(projection.project(effect))) {
      addTo(operations, key, timedEffect(effect, ofKey, groupOf(effect, ofKey)));
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

/** What may have been done to a key in several ways looks the same in most of them; each is searched for once. */
function distinct(ways: readonly KeySteps[]): readonly (readonly [string, RegisterOperation])[] {
  if (ways.length === 1) return [...(ways[0] ?? [])];
  const found = new Map<string, readonly [string, RegisterOperation]>();
  for (const steps of ways) for (const one of steps) found.set(JSON.stringify(one), one);
  return [...found.values()];
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
  /** Keys whose creation was answered. */
  readonly #created = new Set<string>();
  readonly #creations = new Map<PossibleEffect, readonly string[]>();

  constructor(effects: readonly PossibleEffect[]) {
    for (const effect of effects) {
      this.#surveyCall(effect);
      this.#surveyAnswer(effect.record.body, effect.answer);
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
    for (const effect of this.#creations.keys()) this.#surveyCreation(effect);
  }

  creatable(effect: PossibleEffect): readonly string[] {
    return this.#creations.get(effect) ?? [];
  }

  #surveyCall(effect: PossibleEffect): void {
    const { record, answer } = effect;
    const { body, command } = record;
    switch (body.kind) {
      case 'put':
      case 'delete':
        this.keys.add(keyString(body.key));
        if (body.ifModRevision !== undefined) this.askedRevisions.add(body.ifModRevision);
        if (answer?.kind !== 'put' || answer.refused !== true) this.#surveyWrite(body, effect);
        break;
      case 'transaction':
        for (const part of allSteps(body)) this.#surveyPart(part);
        this.#surveyTransaction(body, effect);
        break;
      case 'createSequential':
        if (answer?.kind !== 'createSequential') this.#creations.set(effect, []);
        else {
          this.#created.add(keyString(answer.key));
          this.#surveyWrite({ ...body, kind: 'put', key: answer.key }, effect);
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

  #surveyPart(part: TransactionCondition | KeyOperation): void {
    if (!('key' in part)) return;
    this.keys.add(keyString(part.key));
    if (part.kind === 'modRevisionIs') this.askedRevisions.add(part.modRevision);
    if (part.kind === 'keyCompare' && part.field === 'modified') this.askedRevisions.add(part.number);
    if (part.kind === 'valueIs' || part.kind === 'valueCompare') this.asked.add(keyString(part.value));
  }

  /** What it has written, or, if nobody knows, may have. */
  #surveyTransaction(body: Transaction, effect: PossibleEffect): void {
    if (effect.answer?.kind !== 'transaction') {
      for (const part of allSteps(body)) {
        if (part.kind === 'put' || part.kind === 'delete') this.#surveyWrite(part, effect);
      }
      return;
    }
    for (const step of pathTaken(body, effect.answer)) {
      if (step.kind === 'operation' && step.operation.kind !== 'get') this.#surveyWrite(step.operation, effect);
    }
  }

  #surveyWrite(operation: Put | Delete, { record, start, revision }: PossibleEffect): void {
    const key = keyString(operation.key);
    this.keys.add(key);
    if (operation.kind === 'delete') return;
    if (revision !== 0) this.#claim(key, revision);
    const name = valueKey(key, keyString(operation.value));
    const writer = this.#writers.get(name);
    this.#writers.set(name, writer === undefined || writer === record ? record : 'several');
    if (operation.ephemeral) this.#own(key, record, start);
  }

  /** Any known key of its kind may be that of a creation without an answer, unless another one is known to have made it. */
  #surveyCreation(effect: PossibleEffect): void {
    const { record, start } = effect;
    if (record.body.kind !== 'createSequential') return;
    const prefix = keyString(record.body.prefix);
    const keys = [...this.keys].filter(
      (key) =>
        key.length === prefix.length + sequentialDigits &&
        key.startsWith(prefix) &&
        /^[0-9]*$/.test(key.slice(prefix.length)) &&
        !this.#created.has(key),
    );
    this.#creations.set(effect, keys);
    if (record.body.ephemeral) for (const key of keys) this.#own(key, record, start);
  }

  #own(key: string, { command }: OperationRecord, start: number): void {
    if (command === undefined) return;
    const owners = this.owners.get(key) ?? new Map<number, number>();
    this.owners.set(key, owners);
    owners.set(command.sessionId, Math.min(owners.get(command.sessionId) ?? Number.POSITIVE_INFINITY, start));
  }

  #surveyAnswer(asked: OperationRecord['body'], answer: ResultBody | undefined): void {
    switch (answer?.kind) {
      case 'get':
        this.#show(answer.entry);
        break;
      case 'put':
      case 'delete':
        this.#show(answer.previous);
        break;
      case 'range':
        for (const entry of answer.entries) {
          if (asked.kind === 'range' && asked.keysOnly === true) this.keys.add(keyString(entry.key));
          else this.#show(entry);
        }
        break;
      case 'transaction':
        for (const result of answer.results) this.#surveyAnswer(asked, result);
        break;
    }
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
