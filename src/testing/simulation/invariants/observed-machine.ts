import type { AcquisitionState } from '../../../machine/acquisition.ts';
import type { Applied } from '../../../machine/applied.ts';
import type { SessionView } from '../../../machine/sessions.ts';
import type { Governance } from '../../../machine/settings.ts';
import type { StateReader } from '../../../machine/state-reader.ts';
import type { Slot } from '../../../paxos/record.ts';
import type { Sequence, SessionId } from '../../../wire/identifiers.ts';
import type { CommandId, ReadBody } from '../../../wire/operation.ts';
import type { ResultBody } from '../../../wire/result.ts';
import type { WireObjectEvent } from '../../../wire/watch.ts';

/** What the simulator reads off a replica's state machine. */
export interface ObservedMachine {
  apply(slot: Slot, batch: Uint8Array): Applied;
  install(slot: Slot, hash: string, reader: StateReader): boolean;
  rememberedResult(command: CommandId): Uint8Array | undefined;
  read(body: ReadBody): ResultBody;
  sessions(): Iterable<SessionView>;
  session(id: SessionId): SessionView | undefined;
  acquisition(name: string, sessionId: SessionId, sequence: Sequence): AcquisitionState;
  objectEventsAt(revision: number): readonly { readonly event: WireObjectEvent }[];
  /** @throws if one of its own invariants is broken */
  verify(): void;
  readonly appliedSlot: Slot;
  readonly revision: number;
  readonly compactedRevision: number;
  readonly hash: string;
  readonly governance: Governance;
}
