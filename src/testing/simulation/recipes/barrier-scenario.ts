import { setTimeout as sleep } from 'node:timers/promises';
import { doubleBarrier, type Passage } from '../../../recipes/index.ts';
import type { Participant, ScenarioFactory } from './scenario.ts';

interface Call {
  readonly begunUs: number;
  /** `unknown`: it was not answered, or by an error that does not say whether the round was passed. */
  end: 'unknown' | 'broken' | { readonly round: number };
}

/** Who is between `enter` and `leave`. */
interface Inside {
  readonly program: string;
  readonly round: number;
  /** In which it has arrived and entered; empty if it was not one session all the time, which counts as having left. */
  readonly session: string;
  /** Has begun to leave. */
  isLeaving: boolean;
}

const together = 'nobody enters a double barrier before all';

/** Parties that meet round after round, die before they enter or inside, and lose their patience. */
export const barrierScenario: ScenarioFactory = ({ witness, places }) => {
  const calls: Call[] = [];
  const inside: Inside[] = [];
  const firstPassedUs = new Map<number, number>();
  let passedAfterFaults = 0;
  return {
    async participate(participant) {
      for (;;) {
        await sleep(participant.stream.exponential(100));
        await meet(participant);
      }
    },
    isAtRest: async () => {
      if (passedAfterFaults < places) return false;
      judgeRounds();
      return true;
    },
  };

  async function meet({ client, name, stream }: Participant): Promise<void> {
    const call: Call = { begunUs: witness.nowUs, end: 'unknown' };
    calls.push(call);
    const session = client.session.id;
    const gate = doubleBarrier(client, 'gate', { parties: places });
    const passage = await witness.attempt(
      () => gate.enter({ timeoutMs: stream.pick([500, 3_000, 10_000]) }),
      ({ code, outcome }) => {
        if (code !== 'BARRIER_BROKEN' || outcome === 'unknown') return;
        call.end = 'broken';
        witness.hit('barrier broken');
      },
    );
    if (passage === undefined) return;
    const isSame = client.session.id === session;
    const entered = { program: name, round: passage.round, session: isSame ? session : '', isLeaving: false };
    enter(call, entered, passage);
    await sleep(stream.exponential(100));
    entered.isLeaving = true;
    if ((await witness.attempt(async () => await leave(passage))) === true) left(entered);
  }

  async function leave(passage: Passage): Promise<true> {
    await passage.leave({ timeoutMs: 10_000 });
    return true;
  }

  function enter(call: Call, entered: Inside, { round, position }: Passage): void {
    witness.hit('barrier passed');
    if (witness.faultsAreOver) passedAfterFaults += 1;
    call.end = { round };
    inside.push(entered);
    if (!firstPassedUs.has(round)) firstPassedUs.set(round, witness.nowUs);
    witness.expect(position >= 0 && position < places, together, () => `position ${position} of ${places}`);
  }

  function left({ program, round }: Inside): void {
    const staying = inside.find(
      (other) =>
        other.round === round && !other.isLeaving && witness.isRunning(other.program) && witness.isLive(other.session),
    );
    const detail = () => `${program} has left round ${round}, and ${staying?.program} is inside`;
    witness.expect(staying === undefined, 'nobody leaves a double barrier before all', detail);
  }

  /** What was not answered may have been counted in one round that was passed after it was called. */
  function judgeRounds(): void {
    let uncounted = calls.filter(({ end }) => end === 'unknown');
    for (const [round, passedUs] of [...firstPassedUs].sort(([a], [b]) => a - b)) {
      const passed = calls.filter(({ end }) => typeof end === 'object' && end.round === round).length;
      const possible = uncounted.filter(({ begunUs }) => begunUs <= passedUs);
      const missing = places - passed;
      witness.expect(missing >= 0 && missing <= possible.length, together, () => `${passed} entered in round ${round}`);
      uncounted = uncounted.filter((call) => !possible.slice(0, missing).includes(call));
    }
  }
};
