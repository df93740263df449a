import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { twoPhase } from '../../src/recipes/two-phase.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';
import { type Moment, Mortal } from './mortal.ts';
import { OutsideStore } from './outside-store.ts';

let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ nodes: 1, proxies: false });
  client = await cluster.connect();
});

afterAll(() => cluster.close());

const never = Number.POSITIVE_INFINITY;
const deathAt = (steps: readonly string[]) =>
  steps.flatMap((step, fatal) => (['before', 'after'] as const).map((moment) => ({ step, fatal, moment })));

/** Its store calls and its calls of participants, in order. The participants are asked at once: the first answers first. */
const coordinatorSteps = [
  'lock',
  'txn', // begins
  'prepare debit',
  'prepare credit',
  'txn', // decides
  'commit debit',
  'commit credit',
  'txn', // ends
  'release',
];
const decides = 4;

/** What a survivor does with a transaction that is not decided. */
const survivorSteps = ['lock', 'get', 'txn', 'get', 'rollback debit', 'rollback credit', 'txn', 'release'];

function stores() {
  return { debit: new OutsideStore(), credit: new OutsideStore() };
}

type Stores = ReturnType<typeof stores>;

/** A program that dies at the step; the service hears of it at once, as if its session had expired. */
async function mortal(fatal: number, moment: Moment, participants: Stores) {
  const own = await cluster.connect();
  const program = new Mortal(fatal, moment, () => {
    if (own.session.id !== '') void client.sessions.close(own.session.id);
  });
  program.inhabits(own);
  const reached = {
    debit: program.reaches('debit', participants.debit),
    credit: program.reaches('credit', participants.credit),
  };
  return { program, transfers: (name: string) => twoPhase(own, name, { participants: reached }) };
}

async function recovered(name: string, participants: Stores): Promise<readonly string[]> {
  await using _ = twoPhase(await cluster.connect(), name, { participants }).recover();
  await waitFor('nothing to be left', async () => (await client.count({ prefix: `two-phase/${name}/` })) === 0, {
    timeoutMs: 10_000,
  });
  for (const { problems } of Object.values(participants)) expect(problems).toEqual([]);
  return Object.values(participants).map(({ states }) => [...states.values()].join());
}

test('without a death the steps are these', async () => {
  const participants = stores();
  const { program, transfers } = await mortal(never, 'before', participants);
  await transfers('whole').run({ debit: 1, credit: 2 });
  expect(program.steps).toEqual(coordinatorSteps);
});

describe('a coordinator that is killed at any step leaves one decision, which a survivor carries out everywhere', () => {
  test.each(deathAt(coordinatorSteps))('$moment step $fatal, $step', async ({ fatal, moment }) => {
    const participants = stores();
    const { program, transfers } = await mortal(fatal, moment, participants);
    const name = `coordinator-${fatal}-${moment}`;
    let isTold = false;
    void transfers(name)
      .run({ debit: 1, credit: 2 })
      .finally(() => {
        isTold = true;
      });
    await waitFor('its death', () => program.isDead, { timeoutMs: 10_000 });
    const ends = await recovered(name, participants);
    const hasBegun = fatal > 1 || (fatal === 1 && moment === 'after');
    const isDecided = fatal > decides || (fatal === decides && moment === 'after');
    const end = isDecided ? 'committed' : hasBegun ? 'rolledBack' : '';
    expect(ends).toEqual([end, end]);
    expect(isTold).toBe(false);
  });
});

describe('a survivor that is killed in turn leaves it to the next one', () => {
  /** Its coordinator has died when all had prepared, and nothing was decided. */
  async function undecided(name: string, participants: Stores): Promise<void> {
    const { program, transfers } = await mortal(decides, 'before', participants);
    void transfers(name).run({ debit: 1, credit: 2 });
    await waitFor('the death of the coordinator', () => program.isDead, { timeoutMs: 10_000 });
  }

  test('without another death its steps are these', async () => {
    const participants = stores();
    await undecided('survivor', participants);
    const { program, transfers } = await mortal(never, 'before', participants);
    const recovery = transfers('survivor').recover();
    await waitFor('the end', () => program.steps.at(-1) === 'release', { timeoutMs: 10_000 });
    await recovery.stop();
    expect(program.steps).toEqual(survivorSteps);
  });

  test.each(deathAt(survivorSteps))('$moment step $fatal, $step', async ({ fatal, moment }) => {
    const participants = stores();
    const name = `survivor-${fatal}-${moment}`;
    await undecided(name, participants);
    const { program, transfers } = await mortal(fatal, moment, participants);
    transfers(name).recover();
    await waitFor('the death of the survivor', () => program.isDead, { timeoutMs: 10_000 });
    expect(await recovered(name, participants)).toEqual(['rolledBack', 'rolledBack']);
  });
});
