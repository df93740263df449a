import type { NodeExit } from './node-process.ts';

/** What happens to a running local cluster after it was ready, one line of JSON each. */
export type ClusterEvent =
  | {
      readonly event: 'exited';
      readonly id: string;
      readonly pid: number;
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      /** `CODE: message` of the node's own last words. */
      readonly error: string | null;
      /** `null`: it stays down. */
      readonly restartInMs: number | null;
    }
  | { readonly event: 'restarted'; readonly id: string; readonly pid: number };

export function exitedEvent(id: string, exit: NodeExit, restartInMs: number | null): ClusterEvent {
  const { pid, code, signal, error } = exit;
  return {
    event: 'exited',
    id,
    pid,
    code,
    signal,
    error: error === undefined ? null : `${error.code}: ${error.message}`,
    restartInMs,
  };
}
