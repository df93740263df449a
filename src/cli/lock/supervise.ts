import type { Client, Lock } from '../../client/index.ts';
import { LeaseGuard } from './lease-guard.ts';

/** Sends TERM and KILL. */
export interface Terminable {
  kill(signal: NodeJS.Signals): unknown;
}

export interface Supervision {
  /** Whether the lock counts as lost. */
  readonly lost: boolean;
  stop(): void;
}

/** Watches over a held lock and ends the command before the lease does; see `LeaseGuard`. */
export function supervise(
  lock: Pick<Lock, 'held' | 'remainingMs' | 'signal'>,
  client: { readonly session: Pick<Client['session'], 'state'> },
  command: Terminable,
  onLost: () => void,
): Supervision {
  const guard = new LeaseGuard();
  let timer: NodeJS.Timeout | undefined;
  let announced = false;
  const check = (): void => {
    clearTimeout(timer);
    const { action, nextCheckMs } = guard.observe({
      held: lock.held,
      inJeopardy: client.session.state !== 'active',
      remainingMs: lock.remainingMs,
    });
    if (guard.lost && !announced) {
      announced = true;
      onLost();
    }
    if (action === 'terminate') command.kill('SIGTERM');
    if (action === 'kill') command.kill('SIGKILL');
    else timer = setTimeout(check, nextCheckMs);
  };
  lock.signal.addEventListener('abort', check);
  check();
  return {
    get lost() {
      return guard.lost;
    },
    stop: () => {
      clearTimeout(timer);
      lock.signal.removeEventListener('abort', check);
    },
  };
}
