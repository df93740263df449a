import { isStopped } from '../../cluster/process-state.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import type { ActiveFault, ChaosWorker, FaultAction, FaultContext } from './fault-context.ts';

/** What becomes of a program while it holds a lock. How long a pause lasts, the schedule says. */
export const holderFaults = {
  'pause-holder-briefly': pauseHolder,
  'pause-holder': pauseHolder,
  'kill-holder': killHolder,
  'restart-holder': restartHolder,
} as const satisfies Readonly<Record<string, FaultAction>>;

async function pauseHolder(context: FaultContext): Promise<ActiveFault> {
  const worker = await context.lockHolder();
  const locks = locksOf(worker);
  await worker.pause();
  const { pid = 0 } = worker;
  const pausedMs = performance.now();
  return {
    what: `SIGSTOP to ${worker.name}, which holds ${locks}`,
    targets: [worker.name],
    measure: async () => {
      const forMs = Math.round(performance.now() - pausedMs);
      return (await isStopped(pid)) === true ? `pid ${pid} in state T, for ${forMs} ms so far` : undefined;
    },
    end: () => worker.resume(),
  };
}

async function killHolder(context: FaultContext): Promise<ActiveFault> {
  const worker = await context.lockHolder();
  const locks = locksOf(worker);
  const { pid = 0 } = worker;
  await worker.kill();
  return {
    what: `SIGKILL to ${worker.name}, which holds ${locks}`,
    targets: [worker.name],
    measure: async () => (processExists(pid) ? undefined : `process ${pid} is gone`),
    end: () => worker.restart(),
  };
}

/** So soon that the session of its former run is still there, with what it held. */
async function restartHolder({ workers, random }: FaultContext): Promise<ActiveFault> {
  const worker = random.pick(workers.filter((one) => one.pid !== undefined));
  await worker.standBy();
  await waitFor(`${worker.name} to hold a lock`, () => worker.heldLocks.length > 0, { timeoutMs: 10_000, everyMs: 1 });
  const locks = locksOf(worker);
  const { pid = 0 } = worker;
  await worker.restart();
  return {
    what: `SIGKILL to ${worker.name}, which holds ${locks}, and another start at once`,
    targets: [worker.name],
    measure: async () => (processExists(pid) ? undefined : `process ${pid} is gone, and is now ${worker.pid}`),
    end: async () => undefined,
  };
}

function locksOf({ heldLocks }: ChaosWorker): string {
  return heldLocks.map(({ name, token }) => `${name} with token ${token}`).join(', ');
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
