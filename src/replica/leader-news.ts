import type { Paxos } from '../paxos/paxos.ts';
import type { LeaderHint } from '../wire/frame.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { Connections } from './connections.ts';

/** Who leads, as clients are told: a move to the leader saves them the way over a follower. */
export class LeaderNews {
  readonly #paxos: Paxos;
  readonly #connections: Connections;
  #told: NodeId | undefined;

  constructor(paxos: Paxos, connections: Connections) {
    this.#paxos = paxos;
    this.#connections = connections;
  }

  get hint(): LeaderHint {
    const leader = this.#leader();
    const address = this.#paxos.members.find(({ nodeId }) => nodeId === leader)?.address;
    return leader === undefined || address === undefined ? { nodeId: '', address: '' } : { nodeId: leader, address };
  }

  /** Everyone, if it is news. */
  tell(): void {
    const leader = this.#leader();
    if (leader === this.#told) return;
    this.#told = leader;
    const { hint } = this;
    for (const connection of this.#connections.values()) if (connection.greeted) connection.leader(hint);
  }

  /** One that does not serve yet is not worth a move. */
  #leader(): NodeId | undefined {
    return this.#paxos.role === 'leader' && !this.#paxos.serving ? undefined : this.#paxos.leader;
  }
}
