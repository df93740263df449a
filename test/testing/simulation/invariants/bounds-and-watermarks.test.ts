import { expect, test } from 'vitest';
import type { ReferenceLog } from '../../../../src/testing/checkers/reference-log.ts';
import { ReferenceModel } from '../../../../src/testing/checkers/reference-model.ts';
import { plainSession } from '../../../../src/testing/plain-session.ts';
import {
  BoundedResources,
  leftBehind,
  type ResourceUse,
} from '../../../../src/testing/simulation/invariants/bounded-resources.ts';
import { CompactionInvariant } from '../../../../src/testing/simulation/invariants/compaction-invariant.ts';
import { GivenUpLocks } from '../../../../src/testing/simulation/invariants/given-up-locks.ts';
import { WatermarkInvariant } from '../../../../src/testing/simulation/invariants/watermark-invariant.ts';
import { utf8Bytes } from '../../../../src/wire/bytes.ts';
import type { Revision, Sequence, SessionId } from '../../../../src/wire/identifiers.ts';
import type { OperationBody } from '../../../../src/wire/operation.ts';
import { nodeWorld } from '../support.ts';

const idle: ResourceUse = {
  pendingCommands: 0,
  pendingCommandBytes: 0,
  pendingReads: 0,
  watches: 0,
  grantQuestions: 0,
  relayedKeepAlives: 0,
  queuedOperations: 0,
  queuedBytes: 0,
  outputLimitBytes: 0,
  historyRevisions: 0,
  historyBytes: 0,
  openSlots: 0,
  openBytes: 0,
  rememberedResults: 0,
};

test.each(Object.keys(idle) as (keyof ResourceUse)[])('%s is bounded', (name) => {
  const bounds = new BoundedResources(0, 4, 16);
  bounds.check('n1', idle);
  expect(() => bounds.check('n1', { ...idle, [name]: 2 ** 40 })).toThrow(`resources are bounded: n1: ${name}`);
});

test.each(['pendingCommands', 'pendingReads', 'queuedOperations'] as const)('%s are left behind', (name) => {
  expect(leftBehind({ ...idle, watches: 1 })).toBeUndefined();
  expect(leftBehind({ ...idle, [name]: 1 })).toContain('1 ');
});

test('watermarks rise within a boot, in their order, and never above what is chosen', () => {
  const { node } = nodeWorld();
  let chosen = 5;
  const invariant = new WatermarkInvariant(1, () => chosen);
  node.boots = 1;
  invariant.onTurnEnd(node, 4, 3);
  expect(() => invariant.onTurnEnd(node, 3, 3)).toThrow('watermarks rise');
  expect(() => invariant.onTurnEnd(node, 4, 2)).toThrow('watermarks rise');
  expect(() => invariant.onTurnEnd(node, 4, 5)).toThrow('only chosen values are applied');
  expect(() => invariant.onTurnEnd(node, 6, 5)).toThrow('chosen is chosen');
  chosen = 6;
  invariant.onTurnEnd(node, 6, 6);
  node.boots = 2;
  invariant.onTurnEnd(node, 0, 0);
});

test('a node that starts with less than its disk says', () => {
  const { node } = nodeWorld();
  const record = { sequence: 1, promised: { round: 0, nodeId: '' }, chosenThrough: 3, accepted: [], seen: [] };
  node.journal.begin({ ...record, genesis: undefined, formed: true } as never);
  node.journal.complete();
  node.boots = 1;
  const invariant = new WatermarkInvariant(1, () => 3);
  expect(() => invariant.onTurnEnd(node, 2, 0)).toThrow('watermarks rise');
});

test('what is refused as compacted is gone, by a command of the log', () => {
  const invariant = new CompactionInvariant();
  expect(invariant.onCompact(5, 10)).toBe(true);
  expect(invariant.onCompact(5, 10)).toBe(false);
  expect(invariant.onCompact(11, 10)).toBe(false);
  invariant.onReadRefused('c', 4, 5);
  invariant.onWatchRefused('c', 5, 6);
  expect(() => invariant.onReadRefused('c', 5, 5)).toThrow('only what is gone is refused');
  expect(() => invariant.onWatchRefused('c', 6, 6)).toThrow('only what is gone is refused');
  expect(() => invariant.onReadRefused('c', 4, 7)).toThrow('compaction comes from the log');
  expect(() => invariant.onWatchRefused('c', 4, 5)).toThrow('compaction comes from the log');
});

test('a lock that was given up is not asked for, then or later', () => {
  const model = new ReferenceModel();
  const command = { sessionId: 1 as SessionId, generation: 1, sequence: 1 as Sequence, acknowledged: 0 };
  const apply = (body: OperationBody, id?: typeof command): void => {
    model.apply({ requestId: 1, command: id, seenRevision: 0 as Revision, body }, 1, 0);
  };
  apply({ kind: 'openSession', ttlMs: 100, name: '', nonce: 1n, ...plainSession });
  const locks = new GivenUpLocks(model satisfies ReferenceLog);
  locks.add('c', 'l', undefined);
  locks.add('c', 'l', command);
  locks.check();
  apply({ kind: 'lockAcquire', name: 'l', wait: true }, command);
  expect(() => locks.check()).toThrow('a lock that was given up is given up');
  expect(() => locks.add('c', 'l', command)).toThrow('a lock that was given up is given up');
  apply({ kind: 'put', key: utf8Bytes('k'), value: utf8Bytes('v'), ephemeral: false });
});
