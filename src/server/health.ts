/** One question about a node's health. */
export interface Check {
  readonly name: string;
  /** Undefined: all is well. */
  readonly problem: string | undefined;
}

export interface HealthView {
  readonly stopping: boolean;
  /** The reason, once the node has halted. */
  readonly halted: string | undefined;
  readonly formed: boolean;
  readonly leaderId: string;
  readonly chosenSlot: number;
  readonly appliedSlot: number;
}

/** A node that is not live will not recover by itself. One without a quorum is live: a restart would not help it. */
export function liveChecks(view: HealthView): readonly Check[] {
  return [{ name: 'running', problem: view.halted }];
}

/** A node that is not ready should be sent no clients now. */
export function readyChecks(view: HealthView): readonly Check[] {
  return [
    { name: 'running', problem: view.halted ?? (view.stopping ? 'the node is shutting down' : undefined) },
    { name: 'cluster', problem: view.formed ? undefined : 'the cluster has not formed yet' },
    { name: 'leader', problem: view.leaderId === '' ? 'no leader is known' : undefined },
    {
      name: 'applied',
      problem:
        view.appliedSlot < view.chosenSlot
          ? `slot ${view.appliedSlot} of ${view.chosenSlot} chosen ones is applied`
          : undefined,
    },
  ];
}
