import type { ReplicaInput } from '../../../replica/input.ts';
import type { PeerMessage } from '../../../replica/messages.ts';
import { configurationIn } from '../../../wire/batch-codec.ts';
import type { SimulatedNode } from '../world/node.ts';

/** Steps of the transfer of a state: the node is the one that receives it, or sends the chunk. */
export const transferMoments = [
  'checkpoint asked for',
  'chunk asked for',
  'chunk sent',
  'chunk stored',
  'checkpoint complete',
  'checkpoint installed',
] as const;

/** Steps of a change of the members: the node is the one that leads. */
export const changeMoments = ['members proposed', 'members changed'] as const;

export type Moment = (typeof transferMoments)[number] | (typeof changeMoments)[number];

/** Moments at which an interruption tells most. Whoever waits for one is told once, before anything else happens. */
export class Moments {
  readonly #waiting = new Map<Moment, ((node: SimulatedNode) => void)[]>();
  /** By slot: of how many chunks the states are that were offered. */
  readonly #chunks = new Map<number, number>();
  /** By node and boot: the slot of the state that it receives, and whether all of it is on its disk. */
  readonly #receiving = new Map<string, { readonly slot: number; isComplete: boolean }>();

  next(moment: Moment, then: (node: SimulatedNode) => void): void {
    this.#waiting.set(moment, [...(this.#waiting.get(moment) ?? []), then]);
  }

  onSend(from: SimulatedNode, message: PeerMessage): void {
    if (message.type === 'checkpointQuery') this.#reach('checkpoint asked for', from);
    else if (message.type === 'checkpointOffer') this.#noteOffer(message.checkpoint);
    else if (message.type === 'chunkRequest') this.#onRequest(from, message.slot);
    else if (message.type === 'chunk') this.#reach('chunk sent', from);
    else if (message.type === 'accept' && configurationIn(message.value) !== undefined) {
      this.#reach('members proposed', from);
    }
  }

  /** Before the input has an effect. */
  onStep(node: SimulatedNode, input: ReplicaInput): void {
    const receiving = this.#receiving.get(node.bootId);
    if (receiving === undefined) return;
    if (input.type === 'chunkStored') {
      receiving.isComplete = input.index + 1 === this.#chunks.get(receiving.slot);
      this.#reach(receiving.isComplete ? 'checkpoint complete' : 'chunk stored', node);
    } else if (input.type === 'checkpointWritten' && receiving.isComplete && input.checkpoint.slot === receiving.slot) {
      this.#receiving.delete(node.bootId);
      this.#reach('checkpoint installed', node);
    }
  }

  /** A quorum has the change on its disks, whether or not anybody knows of it. */
  onMembersChanged(leader: SimulatedNode): void {
    this.#reach('members changed', leader);
  }

  #noteOffer(checkpoint: { readonly slot: number; readonly chunks: number } | undefined): void {
    if (checkpoint !== undefined) this.#chunks.set(checkpoint.slot, checkpoint.chunks);
  }

  #onRequest(from: SimulatedNode, slot: number): void {
    if (this.#receiving.get(from.bootId)?.slot !== slot) {
      this.#receiving.set(from.bootId, { slot, isComplete: false });
    }
    this.#reach('chunk asked for', from);
  }

  #reach(moment: Moment, node: SimulatedNode): void {
    const waiting = this.#waiting.get(moment);
    if (waiting === undefined) return;
    this.#waiting.delete(moment);
    for (const then of waiting) then(node);
  }
}
