import { expect, test } from 'vitest';
import { utf8Bytes } from '../../../src/wire/bytes.ts';
import type { Revision } from '../../../src/wire/identifiers.ts';
import { wireError } from '../../../src/wire/wire-error.ts';
import { watchRequest } from './watch-request.ts';
import { World } from './world.ts';

const range = { from: utf8Bytes('a'), to: 'single' } as const;
const deletion = { type: 'delete', key: utf8Bytes('a'), previous: undefined } as const;

/** Two watches that have started at revision 10: 1 wants to be told of progress, 2 does not. */
function started() {
  const world = new World();
  const stream = world.connect();
  const watches = [true, false].map((progress) => world.call(watchRequest(range, 0, progress)));
  world.notice([1, 2], { kind: 'created', startRevision: 10 as Revision });
  return { world, stream, asked: watches[0] };
}

function progress(world: World, revision: number, wireIds: readonly number[] = [1, 2]): void {
  world.notice(wireIds, { kind: 'progress', revision: revision as Revision });
}

function told(world: World): unknown[] {
  return world.effects
    .filter(({ type }) => type === 'watchBatch' || type === 'watchProgress')
    .map((effect) => ('revision' in effect ? [effect.type, effect.revision] : effect));
}

test('a program that asks for it is told of progress, in order with the batches', () => {
  const { world, asked } = started();
  world.notice([1], { kind: 'batch', revision: 10 as Revision, events: [deletion], partial: false });
  progress(world, 12);
  world.notice([1], { kind: 'batch', revision: 14 as Revision, events: [deletion], partial: false });
  expect(told(world)).toEqual([
    ['watchBatch', 10],
    ['watchProgress', 12],
    ['watchBatch', 14],
  ]);
  expect(world.ofType('watchProgress')).toEqual([{ type: 'watchProgress', watchIds: [asked], revision: 12 }]);
});

test('a mark is repeated, but one that is older than what was told is not', () => {
  const { world } = started();
  progress(world, 12);
  progress(world, 12);
  progress(world, 11);
  expect(told(world)).toEqual([
    ['watchProgress', 12],
    ['watchProgress', 12],
  ]);
});

test('a mark in the middle of a revision says nothing', () => {
  const { world } = started();
  world.notice([1], { kind: 'batch', revision: 10 as Revision, events: [deletion], partial: true });
  progress(world, 10);
  expect(told(world)).toEqual([]);
});

test('a watch that was quiet for long resumes from its last mark, so that compaction does not end it', () => {
  const { world } = started();
  for (let revision = 20; revision <= 100_000; revision += 10_000) progress(world, revision);
  world.break();
  const stream = world.welcome();
  const floor = 90_000;
  for (const { watchId, fromRevision } of stream.watchCreates) {
    if (fromRevision > floor) world.notice(watchId, { kind: 'created', startRevision: fromRevision });
    else world.notice(watchId, { kind: 'ended', error: wireError('COMPACTED', 'gone', floor as Revision) });
  }
  expect(stream.watchCreates.map(({ fromRevision }) => fromRevision)).toEqual([90_021, 90_021]);
  expect(world.ofType('watchEnded')).toEqual([]);
});
