/** The program of one worker: some clients of the cluster, and the actors that use them. Started by `WorkerProcess`. */
import { once } from 'node:events';
import type { Client } from '../../../client/index.ts';
import { RandomStream } from '../../simulation/prng.ts';
import { watchedPrefixes } from '../history/workload-names.ts';
import type { ActorContext } from './actor.ts';
import { actOnCounters } from './counter-actor.ts';
import { actOnAccounts, actOnPairs } from './group-actors.ts';
import { actOnLocks } from './lock-actor.ts';
import { LogicalProcess } from './logical-process.ts';
import { actAsOperator } from './operator-actor.ts';
import { actOnPermits } from './permit-actor.ts';
import { connectAtLast, type ProgramSessionOptions, useResumed } from './program-session.ts';
import { actOnRegisters } from './register-actor.ts';
import { RunClock } from './run-clock.ts';
import { SessionMonitor } from './session-monitor.ts';
import { SessionObserver } from './session-observer.ts';
import { WatchActor } from './watch-actor.ts';
import { WorkerChannel } from './worker-channel.ts';
import type { FormerRun, WorkerOptions } from './worker-messages.ts';

type Act = (context: ActorContext, meanThinkMs: number) => Promise<void>;

interface Role {
  readonly name: string;
  readonly act: Act;
  readonly meanThinkMs: number;
  readonly client: number;
}

const lockRoles: readonly Role[] = [
  { name: 'locks-1', act: actOnLocks, meanThinkMs: 40, client: 0 },
  { name: 'locks-2', act: actOnLocks, meanThinkMs: 40, client: 1 },
  { name: 'permits', act: actOnPermits, meanThinkMs: 40, client: 0 },
  { name: 'operator', act: actAsOperator, meanThinkMs: 5_000, client: 1 },
];

const roles: readonly Role[] = [
  { name: 'registers-1', act: actOnRegisters, meanThinkMs: 30, client: 0 },
  { name: 'registers-2', act: actOnRegisters, meanThinkMs: 30, client: 1 },
  { name: 'pairs', act: actOnPairs, meanThinkMs: 45, client: 0 },
  { name: 'accounts', act: actOnAccounts, meanThinkMs: 90, client: 1 },
  { name: 'counters', act: actOnCounters, meanThinkMs: 60, client: 0 },
  ...lockRoles,
];

/** How long the last keys may take to be shown by a watch. */
const markerDeadlineMs = 15_000;

const options = JSON.parse(process.argv[2] ?? '') as WorkerOptions;
const clock = new RunClock(BigInt(options.startedNs));
const random = new RandomStream(options.seed);
const windDown = new AbortController();
const giveUp = new AbortController();
const observer = new SessionObserver();
const finish = new AbortController();
let begin: (formerRun: FormerRun) => void;
const begun = new Promise<FormerRun>((resolve) => {
  begin = resolve;
});
const finishing = once(finish.signal, 'abort');

const channel = new WorkerChannel(clock, (message) => {
  if (message.type === 'clock') void channel.post({ type: 'clock', ns: clock.now() });
  else if (message.type === 'begin') begin(message);
  else if (message.type === 'sessions') observer.add(message.sessions);
  else if (message.type === 'windDown') windDown.abort();
  else if (message.type === 'finish') finish.abort();
});
// Ctrl-C reaches the whole group of processes: the parent winds the run down, and says so here.
process.on('SIGINT', () => undefined);
// Without a parent nobody records what is done.
process.on('disconnect', exitAlone);

const formerRun = await begun;
const sessions = [0, 1].map(sessionOptions);
const clients = await Promise.all(sessions.map(connectAtLast));
const monitors = clients.map((client, at) => {
  return new SessionMonitor({ worker: options.name, at, client, ttlMs: options.sessionTtlMs, clock, channel });
});
const monitoring = monitors.map((monitor) => monitor.run());
const watching = watchedPrefixes.filter(() => !options.lockOnly).map((prefix, at) => watchPrefix(prefix, at));
await channel.post({ type: 'phase', phase: 'ready' });
await Promise.all([
  ...(options.lockOnly ? lockRoles : roles).map(async ({ name, act, meanThinkMs, client }) => {
    await act(contextOf(name, client), meanThinkMs);
  }),
  ...sessions.map(async (session, at) => {
    await useResumed(session, clients[at] as Client, (process) => contextOf(process, at));
  }),
  observer.run(contextOf('observer', 1), options.name, 250),
]);
await channel.post({ type: 'phase', phase: 'idle' });
await finishing;
const deadline = setTimeout(() => giveUp.abort(), markerDeadlineMs);
const ended = await Promise.all(watching);
clearTimeout(deadline);
await Promise.all(
  clients.map(async (client, at) => {
    await monitors[at]?.stop();
    await client.close();
  }),
);
await Promise.all(monitoring);
if (!ended.every((sawMarker) => sawMarker)) throw new Error('a watch did not show the last key');
await channel.post({ type: 'phase', phase: 'finished' });
process.off('disconnect', exitAlone);
process.disconnect();
// Nothing is open any more: if something is, after all, its name is what is needed.
setTimeout(() => {
  process.stderr.write(`kept from ending by ${process.getActiveResourcesInfo().join(', ')}\n`);
}, 10_000).unref();

function exitAlone(): never {
  process.exit(1);
}

function contextOf(role: string, at: number): ActorContext {
  const client = clients[at] as Client;
  const logical = new LogicalProcess(`${options.name}/${role}`, channel, clock, (name, call) => {
    if (call.op === 'lock') monitors[at]?.noteLocker(name);
  });
  return { client, process: logical, random: random.fork(role), clock, channel, windDown: windDown.signal };
}

async function watchPrefix(prefix: string, at: number): Promise<boolean> {
  return await new WatchActor({
    name: `${options.name}/watch`,
    clients: at % 2 === 0 ? clients : clients.toReversed(),
    prefix,
    from: formerRun.watchFrom[prefix] ?? 0,
    random: random.fork(`watch ${prefix}`),
    clock,
    channel,
    giveUp: giveUp.signal,
  }).run();
}

function sessionOptions(at: number): ProgramSessionOptions {
  const { name, endpoints, sessionTtlMs: ttlMs } = options;
  // Some programs have lost what they kept.
  const isKept = random.fork(`credentials ${at}`).chance(0.85);
  const credentials = isKept ? (formerRun.credentials[at] ?? undefined) : undefined;
  return { name, at, endpoints, ttlMs, credentials, clock, channel };
}
