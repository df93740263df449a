import { setTimeout as sleep } from 'node:timers/promises';
import { type TwoPhase, type TwoPhaseParticipant, twoPhase } from '../../../recipes/index.ts';
import type { RandomStream } from '../prng.ts';
import type { Participant, ScenarioFactory } from './scenario.ts';
import { TwoPhaseStore } from './two-phase-store.ts';

const sameDecision = 'all participants hear the same decision';

/** Coordinators that die with their transactions, over two stores that cannot always be reached, and survivors. */
export const twoPhaseScenario: ScenarioFactory = ({ witness }) => {
  const onBroken = (detail: string): void => witness.found(sameDecision, detail);
  const stores = [new TwoPhaseStore(onBroken), new TwoPhaseStore(onBroken)] as const;
  const told = new Map<string, 'committed' | 'rolledBack'>();
  return {
    async participate(participant) {
      const { client, stream } = participant;
      const [debit, credit] = stores.map((store) => reached(store, stream));
      const participants = { debit: debit as TwoPhaseParticipant, credit: credit as TwoPhaseParticipant };
      const transfers = twoPhase(client, 'transfers', { participants });
      transfers.recover({
        onRecovered: () => witness.hit('transaction brought to its end by a survivor'),
      });
      await run(participant, transfers);
      return await new Promise<never>(() => undefined);
    },
    isAtRest: async ({ client }) => {
      const participants = { debit: stores[0], credit: stores[1] };
      if ((await twoPhase(client, 'transfers', { participants }).unfinished()).length > 0) return false;
      judge();
      return true;
    },
  };

  async function run({ name, stream }: Participant, transfers: TwoPhase): Promise<void> {
    for (let count = 1; !witness.faultsAreOver; count++) {
      const payload = `${name}-${count}`;
      const committed = await witness.attempt(
        () => transfers.run({ debit: payload, credit: payload }, { prepareTimeoutMs: 2_000, finishTimeoutMs: 1_000 }),
        ({ code }) => code === 'ROLLED_BACK' && tell(payload, 'rolledBack'),
      );
      if (committed !== undefined) tell(payload, 'committed');
      await sleep(stream.exponential(100));
    }
  }

  function tell(payload: string, decision: 'committed' | 'rolledBack'): void {
    told.set(payload, decision);
    witness.hit(decision === 'committed' ? 'transaction committed' : 'transaction rolled back');
  }

  function judge(): void {
    const [debit, credit] = stores;
    for (const id of new Set([...debit.states.keys(), ...credit.states.keys()])) {
      const [one, other] = [debit.states.get(id), credit.states.get(id)];
      witness.expect(one === other && one !== 'prepared', sameDecision, () => `${id}: ${one} and ${other}`);
    }
    for (const [payload, decision] of told) {
      const isCommitted = debit.committed.has(payload);
      const detail = () => `${payload}: told ${decision}, and it is ${isCommitted ? '' : 'not '}committed`;
      witness.expect(isCommitted === (decision === 'committed'), 'the caller is told what was decided', detail);
    }
  }
};

/** On the way to it and back, what is asked for and what is answered may take long or be lost. */
function reached(store: TwoPhaseStore, stream: RandomStream): TwoPhaseParticipant {
  const step = (name: 'prepare' | 'commit' | 'rollback') => async (part: Parameters<TwoPhaseStore['commit']>[0]) => {
    await sleep(stream.exponential(stream.chance(0.1) ? 1_000 : 10));
    if (stream.chance(0.05)) throw new Error('it cannot be reached');
    store[name](part);
    await sleep(stream.exponential(10));
    if (stream.chance(0.05)) throw new Error('the answer is lost');
  };
  return { prepare: step('prepare'), commit: step('commit'), rollback: step('rollback') };
}
