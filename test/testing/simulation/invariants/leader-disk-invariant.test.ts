import { expect, test } from 'vitest';
import { LeaderDiskInvariant } from '../../../../src/testing/simulation/invariants/leader-disk-invariant.ts';
import { zeroBallot } from '../../../../src/wire/ballot.ts';
import { type NodeWorld, nodeWorld } from '../support.ts';

const electionTimeoutMs = 300;

interface Bench extends NodeWorld {
  readonly invariant: LeaderDiskInvariant;
  /** A turn with this input, after which the node leads or not. */
  turn(type: 'tick' | 'clientOpened', serving: boolean): void;
}

/** A leader whose disk hangs in its first record. */
function hangingLeader(): Bench {
  const world = nodeWorld();
  const { node, queue } = world;
  const invariant = new LeaderDiskInvariant(electionTimeoutMs, world.coverage);
  node.start();
  node.disk.time.hang(60_000_000);
  const base = {
    promised: zeroBallot,
    chosenThrough: 0,
    trimmedThrough: 0,
    configuration: undefined,
    accepted: [],
    seen: [],
    genesis: undefined,
    formed: true,
  };
  node.disk.write({ sequence: 1, ...base }, () => {});
  let serves = true;
  const turn = (type: 'tick' | 'clientOpened', serving: boolean): void => {
    invariant.onStep(node, type === 'tick' ? { type } : { type, connection: 1 }, serves, queue.nowUs);
    serves = serving;
    invariant.onTurnEnd(node, serving, queue.nowUs);
  };
  turn('clientOpened', true);
  return { ...world, invariant, turn };
}

test('it may lead for an election timeout, and until the next tick', () => {
  const { turn, run } = hangingLeader();
  run(290_000);
  turn('tick', true);
  run(1_000_000);
  turn('clientOpened', true);
});

test('then it must not', () => {
  const { turn, run } = hangingLeader();
  run(310_000);
  expect(() => turn('tick', true)).toThrow('a leader can write its disk');
});

test('it has stepped down', () => {
  const { turn, run, coverage } = hangingLeader();
  run(310_000);
  turn('tick', false);
  turn('tick', false);
  expect(coverage.count('leader with a hung disk stepped down')).toBe(1);
});

test('a disk that goes on is no reason, nor is that of an earlier process', () => {
  const { node, turn, run } = hangingLeader();
  node.disk.heal();
  run(310_000);
  turn('tick', true);
  const other = hangingLeader();
  other.invariant.onDown(other.node);
  other.run(310_000);
  other.turn('tick', true);
});
