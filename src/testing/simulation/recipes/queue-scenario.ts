import { setTimeout as sleep } from 'node:timers/promises';
import { op } from '../../../client/index.ts';
import { type Queue, queue, type Task } from '../../../recipes/index.ts';
import type { Participant, ScenarioFactory } from './scenario.ts';

/** What the witness knows of a task. */
interface KnownTask {
  /** Of all leases under which it was handed out. */
  readonly tokens: Set<number>;
  /** The newest that was surely saved. */
  checkpoint: { readonly token: number; readonly value: number } | undefined;
}

const attempts = 3;

/** Workers that die with their tasks, fail them, save how far they have come, and give them back. */
export const queueScenario: ScenarioFactory = ({ witness }) => {
  const added = new Set<string>();
  const known = new Map<string, KnownTask>();
  const acknowledged = new Map<string, number>();
  return {
    async participate(participant) {
      const tasks = queue<string>(participant.client, 'tasks', { attempts });
      await Promise.all([produce(participant, tasks), consume(participant, tasks)]);
      throw new Error('nobody produces or consumes any more');
    },
    isAtRest: async ({ client }) => {
      const tasks = queue<string>(client, 'tasks', { attempts });
      const { waiting, leased } = await tasks.size();
      if (waiting + leased > 0) return false;
      const done = (await client.range({ prefix: 'done/' })).entries.map((entry) => entry.key.split('/'));
      const dead = (await tasks.deadLetters()).map(({ payload }) => String(payload));
      const ended = [...done.map(([, payload = '']) => payload), ...dead];
      // Also of those that were added without an answer.
      for (const payload of new Set([...added, ...ended])) {
        const ends = ended.filter((other) => other === payload).length;
        witness.expect(ends === 1, 'a task is acknowledged once, and none is lost', () => `${payload}: ${ends} times`);
      }
      for (const [, payload, id = '', token] of done) {
        const newest = Math.max(...(known.get(id)?.tokens ?? []));
        const detail = () => `${payload} by ${token}, and it was handed out under ${newest}`;
        witness.expect(Number(token) === newest, 'only the newest lease acknowledges', detail);
        const told = acknowledged.get(id) ?? Number(token);
        witness.expect(
          told === Number(token),
          'only the newest lease acknowledges',
          () => `${payload} also by ${told}`,
        );
      }
      if (dead.length > 0) witness.hit('task gone to the dead letters');
      return true;
    },
  };

  async function produce({ name, stream }: Participant, tasks: Queue<string>): Promise<void> {
    for (let count = 1; !witness.faultsAreOver; count++) {
      const payload = `${name}-${count}`;
      if ((await witness.attempt(() => tasks.add(payload))) !== undefined) added.add(payload);
      await sleep(stream.exponential(300));
    }
  }

  async function consume({ stream }: Participant, tasks: Queue<string>): Promise<never> {
    for (;;) {
      const task = await witness.attempt(() => tasks.take({ timeoutMs: 2_000 }));
      if (task === undefined) continue;
      taken(task);
      await witness.attempt(
        () => work(task, stream.pick(['acknowledge', 'acknowledge', 'fail', 'giveBack', 'linger', 'linger'])),
        ({ code }) => code === 'LEASE_LOST' && witness.hit('lease lost'),
      );
      await sleep(stream.exponential(20));
    }
  }

  function taken({ id, token, checkpoint }: Task<string>): void {
    const task = known.get(id) ?? { tokens: new Set<number>(), checkpoint: undefined };
    known.set(id, task);
    witness.expect(!task.tokens.has(token), 'each lease has a token of its own', () => `${id}: ${token}`);
    if (task.tokens.size > 0) witness.hit('task taken again');
    task.tokens.add(token);
    const before = task.checkpoint;
    if (before === undefined || before.token >= token) return;
    witness.hit('task taken again from its checkpoint');
    const detail = () => `${id}: ${before.value} was saved under ${before.token}, ${checkpoint} is handed out`;
    witness.expect(Number(checkpoint) >= before.value, 'a task is handed out with its last checkpoint', detail);
  }

  async function work(task: Task<string>, end: 'acknowledge' | 'fail' | 'giveBack' | 'linger'): Promise<void> {
    const value = task.token;
    await task.saveCheckpoint(value);
    const knownTask = known.get(task.id);
    if (knownTask !== undefined && (knownTask.checkpoint?.token ?? 0) < task.token) {
      knownTask.checkpoint = { token: task.token, value };
    }
    await sleep(end === 'linger' ? 1_500 : 50);
    if (end === 'fail') await task.fail('it was not to be');
    else if (end === 'giveBack') await task.giveBack();
    else await acknowledge(task);
  }

  async function acknowledge(task: Task<string>): Promise<void> {
    await task.acknowledge({ with: [op.put(`done/${task.payload}/${task.id}/${task.token}`, '')] });
    const before = acknowledged.get(task.id);
    const detail = () => `${task.id} by ${before}, then by ${task.token}`;
    witness.expect(before === undefined, 'a task is acknowledged once, and none is lost', detail);
    acknowledged.set(task.id, task.token);
    witness.hit('task acknowledged');
  }
};
