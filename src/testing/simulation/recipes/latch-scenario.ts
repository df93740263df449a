import { setTimeout as sleep } from 'node:timers/promises';
import { type Latch, latch } from '../../../recipes/index.ts';
import type { Participant, ScenarioFactory } from './scenario.ts';

/** One latch after the other, each counted down by all places. Some promise to count down, and die before. */
export const latchScenario: ScenarioFactory = ({ witness, places }) => {
  /** Who has begun to count down, by latch. */
  const begun: Set<number>[] = [];
  /** The next one of each place, whatever program has it. */
  const next: number[] = [];
  let openedAfterFaults = 0;
  return {
    async participate(participant) {
      for (;;) await pass(participant);
    },
    isAtRest: async () => openedAfterFaults >= places,
  };

  async function pass({ client, place, stream }: Participant): Promise<void> {
    const at = next[place] ?? 0;
    const gate = latch(client, `start-${at}`, { count: places });
    let isBroken = false;
    const opened = await witness.attempt(
      () => countDownAndWait(gate, at, place, stream.chance(0.6), stream.exponential(400)),
      ({ code }) => {
        isBroken = code === 'LATCH_BROKEN';
      },
    );
    if (isBroken) witness.hit('latch broken');
    else if (opened === undefined) return;
    else judge(at);
    next[place] = at + 1;
  }

  async function countDownAndWait(
    gate: Latch,
    at: number,
    place: number,
    joins: boolean,
    pauseMs: number,
  ): Promise<true> {
    const id = `place-${place}`;
    if (joins) await gate.join({ id });
    await sleep(pauseMs);
    begun[at] = (begun[at] ?? new Set()).add(place);
    await gate.countDown({ id });
    await gate.wait({ timeoutMs: 5_000 });
    return true;
  }

  function judge(at: number): void {
    witness.hit('latch opened');
    if (witness.faultsAreOver) openedAfterFaults += 1;
    const counted = begun[at]?.size ?? 0;
    witness.expect(counted === places, 'a latch opens when all have counted down', () => `${counted} at latch ${at}`);
  }
};
