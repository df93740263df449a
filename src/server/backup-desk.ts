import { setImmediate as nextRound } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { MachineSnapshot } from '../machine/snapshot.ts';
import type { StateAnswer } from '../replica/effect.ts';
import type { ReplicaInput } from '../replica/input.ts';
import { replicaLimits } from '../replica/limits.ts';
import type { Replica } from '../replica/replica.ts';
import type { SnapshotHeader, SnapshotPart, SnapshotRequest } from '../rpc/admin-definition.ts';
import { AdminRefusal } from '../rpc/admin-refusal.ts';
import { backupSource } from './node-view.ts';
import { programVersion } from './version.ts';

type ReadState = Extract<ReplicaInput, { readonly type: 'readState' }>;

/**
 * Gives the state of this node to whoever saves it, one at a time: each holds on to a whole state for as long as it takes. Between two
 * chunks, each of which costs a millisecond or more to make, the event loop goes round, and no chunk is made before it is asked for.
 */
export class BackupDesk {
  readonly #give: (input: ReadState) => void;
  readonly #replica: Replica;
  readonly #logger: Logger;
  #busy = false;
  #token = 0;
  #waiting: { readonly token: number; readonly resolve: (answer: StateAnswer) => void } | undefined;

  constructor(give: (input: ReadState) => void, replica: Replica, logger: Logger) {
    this.#give = give;
    this.#replica = replica;
    this.#logger = logger;
  }

  /** Ends early when its iterator is returned. @throws AdminRefusal BUSY, UNAVAILABLE */
  async *save({ stale }: SnapshotRequest): AsyncGenerator<SnapshotPart, void, undefined> {
    if (this.#busy) throw new AdminRefusal('BUSY', 'a snapshot of this node is being saved already');
    this.#busy = true;
    let snapshot: MachineSnapshot | undefined;
    try {
      snapshot = await this.#state(stale);
      yield { part: 'header', header: this.#header(snapshot, stale) };
      let chunks = 0;
      let bytes = 0;
      for (const chunk of snapshot.chunks(replicaLimits.checkpointChunkBytes)) {
        yield { part: 'chunk', chunk };
        chunks += 1;
        bytes += chunk.length;
        await nextRound();
      }
      yield { part: 'end', end: { chunks, bytes } };
      const { slot, revision } = snapshot;
      this.#logger.info(
        { event: 'snapshot-given', slot, revision, bytes, stale },
        `gave away the state of slot ${slot}`,
      );
    } finally {
      snapshot?.release();
      this.#busy = false;
    }
  }

  /** What the replica has answered; an answer that nobody waits for any more is of no use. */
  onStateRead(token: number, answer: StateAnswer): void {
    if (this.#waiting?.token === token) this.#waiting.resolve(answer);
    else if (answer.kind === 'state') answer.snapshot.release();
  }

  /** The replica answers or refuses in time, but for one that has halted, and with it the stream. */
  async #state(stale: boolean): Promise<MachineSnapshot> {
    this.#token += 1;
    const token = this.#token;
    const answer = await new Promise<StateAnswer>((resolve) => {
      this.#waiting = { token, resolve };
      this.#give({ type: 'readState', token, consistency: stale ? 'stale' : 'linearizable' });
    });
    this.#waiting = undefined;
    if (answer.kind === 'state') return answer.snapshot;
    throw new AdminRefusal(answer.code === 'BUSY' ? 'BUSY' : 'UNAVAILABLE', answer.problem);
  }

  #header({ slot, revision, hash }: MachineSnapshot, stale: boolean): SnapshotHeader {
    return {
      ...backupSource(this.#replica),
      formatVersion: 1,
      programVersion,
      createdAtMs: Date.now(),
      slot,
      revision,
      stateHash: hash,
      stale,
    };
  }
}
