import { setTimeout as sleep } from 'node:timers/promises';
import { type Group, type GroupChange, group, type Member } from '../../../recipes/index.ts';
import type { Participant, ScenarioFactory } from './scenario.ts';

/** Members that join, change their metadata, leave and crash, and see of each other what happens. */
export const groupScenario: ScenarioFactory = ({ witness }) => {
  /** What was seen at a revision, by whoever saw it first. */
  const membersAt = new Map<number, string>();
  const eventsAt = new Map<number, string>();
  const joined = new Set<string>();
  return {
    async participate(participant) {
      const members = group(participant.client, 'group');
      await Promise.all([belong(participant, members), follow(members)]);
      throw new Error('nobody belongs to the group any more');
    },
    isAtRest: async ({ client }) => {
      const members = await group(client, 'group').members();
      const expected = [...joined].filter((name) => witness.isRunning(name)).sort();
      return expected.length > 0 && String(members.map(({ id }) => id).sort()) === String(expected);
    },
  };

  async function belong({ name, stream }: Participant, members: Group): Promise<never> {
    for (let count = 0; ; count++) {
      const membership = await witness.attempt(() => members.join({ id: name, metadata: { count: String(count) } }));
      if (membership === undefined) continue;
      joined.add(name);
      for (let updates = 0; updates < 3 && !membership.signal.aborted; updates++) {
        await sleep(stream.exponential(400));
        await witness.attempt(() => membership.update({ count: String(count), updates: String(updates) }));
      }
      if (witness.faultsAreOver) await new Promise(() => undefined);
      joined.delete(name);
      await witness.attempt(() => membership.leave());
      await sleep(stream.exponential(200));
    }
  }

  async function follow(members: Group): Promise<never> {
    for (;;) {
      await witness.attempt(async () => {
        for await (const change of members.changes()) see(change);
      });
      await sleep(50);
    }
  }

  function see({ revision, events, members }: GroupChange): void {
    same(membersAt, revision, members.map(shown).join(', '));
    if (events.length === 0) return;
    if (eventsAt.has(revision)) witness.hit('change of a group seen by several');
    if (events.some(({ type }) => type === 'crashed')) witness.hit('member crashed');
    same(eventsAt, revision, events.map(({ type, member }) => `${type} ${shown(member)}`).join(', '));
  }

  function same(at: Map<number, string>, revision: number, seen: string): void {
    const others = at.get(revision) ?? seen;
    at.set(revision, others);
    const detail = () => `at revision ${revision}: ${seen}; others saw ${others}`;
    witness.expect(seen === others, 'everybody sees the same of a group', detail);
  }
};

function shown({ id, session, joinedRevision, metadata }: Member): string {
  return `${id} by ${session} since ${joinedRevision} with ${JSON.stringify(metadata)}`;
}
