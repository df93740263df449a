import { setTimeout as sleep } from 'node:timers/promises';
import { type StripedCounter, stripedCounter } from '../../../recipes/index.ts';
import type { Participant, ScenarioFactory } from './scenario.ts';

/** Many who count at once on few stripes, and read the total. */
export const counterScenario: ScenarioFactory = ({ witness }) => {
  /** Surely counted. */
  let known = 0n;
  /** Not surely counted: on its way, or nobody will ever know. */
  let possible = 0n;
  const onTheirWay = new Map<string, number>();
  return {
    async participate(participant) {
      const counter = stripedCounter(participant.client, 'hits', { stripes: 3 });
      await Promise.all([add(participant, counter), add(participant, counter), read(participant, counter)]);
      return await new Promise<never>(() => undefined);
    },
    isAtRest: async ({ client }) => {
      if ([...onTheirWay].some(([name, count]) => count > 0 && witness.isRunning(name))) return false;
      await total(stripedCounter(client, 'hits'));
      return true;
    },
  };

  async function add({ name, stream }: Participant, counter: StripedCounter): Promise<void> {
    while (!witness.faultsAreOver) {
      const amount = BigInt(stream.between(1, 9));
      possible += amount;
      onTheirWay.set(name, (onTheirWay.get(name) ?? 0) + 1);
      const added = await witness.attempt(
        async () => {
          await counter.add(amount);
          return true;
        },
        ({ outcome }) => {
          if (outcome === 'unknown') witness.hit('counted, or not: nobody knows');
          else possible -= amount;
        },
      );
      onTheirWay.set(name, (onTheirWay.get(name) ?? 0) - 1);
      if (added === true) {
        possible -= amount;
        known += amount;
      }
      await sleep(stream.exponential(80));
    }
  }

  async function read({ stream }: Participant, counter: StripedCounter): Promise<void> {
    while (!witness.faultsAreOver) {
      await witness.attempt(() => total(counter));
      await sleep(stream.exponential(200));
    }
  }

  async function total(counter: StripedCounter): Promise<void> {
    const before = known;
    const { value } = await counter.total();
    const most = known + possible;
    const detail = () => `${value}, and it is from ${before} to ${most}`;
    witness.expect(value >= before && value <= most, 'the total is what was added', detail);
  }
};
