import { originSlot } from '../../paxos/record.ts';
import { counted } from '../counted.ts';
import type {
  CheckpointReport,
  CheckpointsReport,
  ClusterReport,
  IdentityReport,
  JournalReport,
  PartHealth,
  StartVerdict,
  WitnessReport,
} from './directory-report.ts';

export interface VerdictParts {
  readonly identity: IdentityReport;
  readonly cluster: ClusterReport | null;
  /** Nodes that are to leave, and may still have to bring that about. */
  readonly departing: readonly string[];
  readonly journal: JournalReport;
  readonly witness: WitnessReport;
  readonly checkpoints: CheckpointsReport;
  /** Records that hold the value of a slot above the state that a start would begin with. */
  readonly recordsAboveState: number;
}

/** The checkpoint that a start would begin with: the newest that can be read, whatever the journal says. */
export function usableCheckpoint({ list }: CheckpointsReport): CheckpointReport | undefined {
  return list.find(({ status }) => status === 'ok');
}

/** What `conclave serve` would do, part by part in its order. */
export function startVerdict(parts: VerdictParts): StartVerdict {
  const refusal = refusalOf(parts);
  if (refusal !== undefined) return without('refused', `A start would be refused: ${refusal}.`);
  const verdict = verdictOfStart(parts);
  const { departing, identity, cluster } = parts;
  if (identity.id === null || !departing.includes(identity.id)) return verdict;
  const leaving = `${identity.id} is no member since slot ${cluster?.membersSlot}, and would stop once the others have said so`;
  return { ...verdict, text: `${verdict.text} But ${leaving}.` };
}

function verdictOfStart(parts: VerdictParts): StartVerdict {
  const { identity, journal, checkpoints, recordsAboveState } = parts;
  const usable = usableCheckpoint(checkpoints);
  const { trimmedThrough } = journal;
  if ((usable?.slot ?? 0) < trimmedThrough) {
    return without(
      'needsState',
      'A start would keep the promises, but the node has to be sent a state by another node before it applies anything: what came up to ' +
        `slot ${trimmedThrough} is not in the journal, and no checkpoint that can be used reaches that far.`,
    );
  }
  if (usable !== undefined) return fromCheckpoint(usable, checkpoints, recordsAboveState);
  if (journal.records > 0) {
    const text = `A start would begin with an empty state and the ${counted(journal.records, 'record')} of the journal.`;
    return { from: 'journal', slot: null, records: journal.records, text };
  }
  if (identity.status === 'missing')
    return without('nothing', 'The directory is empty: a start would make it a new node.');
  if (journal.status === 'ok')
    return without('nothing', 'A start would begin with nothing, for nothing was journaled yet.');
  return without(
    'nothing',
    'A start would begin with nothing: nothing was journaled yet, or all of it is gone. Then the other nodes refuse this one.',
  );
}

function fromCheckpoint(
  { slot }: CheckpointReport,
  { list }: CheckpointsReport,
  recordsAboveState: number,
): StartVerdict {
  const passedOver = list.filter((newer) => newer.slot > slot).map((newer) => newer.slot);
  const without = passedOver.length === 0 ? '' : `, since that of slot ${passedOver.join(' and ')} cannot be used`;
  const text =
    `A start would begin with the checkpoint of slot ${slot}${without}, and the ${counted(recordsAboveState, 'journal record')} ` +
    'with later slots.';
  return { from: 'checkpoint', slot, records: recordsAboveState, text };
}

/** A clause; undefined: it would not be refused for what is in the directory. */
function refusalOf({ identity, cluster, departing, journal, witness, checkpoints }: VerdictParts): string | undefined {
  if (identity.problem !== null) return refusedPart('the identity', identity);
  if (witness.status === 'newer') return refusedPart('the witness', witness);
  if (journal.status === 'damaged' || journal.status === 'newer') return refusedPart('the journal', journal);
  const stranger = strangerIn(cluster, departing, identity);
  if (stranger !== undefined) return stranger;
  if (checkpoints.status === 'newer') return refusedPart('the database of checkpoints', checkpoints);
  if (journal.records === 0 && checkpoints.list.some(({ slot }) => slot > originSlot)) {
    return 'there are checkpoints, and no record of the journal that they were made of';
  }
  // With others, what is damaged would be deleted, and a state be had from them if one is needed.
  if (isOnlyVoter(cluster, identity)) {
    const nobody = 'there is no other voter that has the state';
    if (checkpoints.status === 'damaged') return `the database of checkpoints is damaged, and ${nobody}`;
    if ((usableCheckpoint(checkpoints)?.slot ?? 0) < journal.trimmedThrough) {
      return `no checkpoint that can be used reaches slot ${journal.trimmedThrough}, up to which the journal was trimmed, and ${nobody}`;
    }
  }
  const first = checkpoints.list.find(({ status }) => status === 'ok' || status === 'newer');
  return first?.status === 'newer' ? refusedPart(`the checkpoint of slot ${first.slot}`, first) : undefined;
}

function isOnlyVoter(cluster: ClusterReport | null, { id }: IdentityReport): boolean {
  const voters = cluster?.members.filter(({ standing }) => standing === 'voter') ?? [];
  return voters.length === 1 && voters[0]?.id === id;
}

function refusedPart(name: string, { status }: PartHealth): string {
  return status === 'newer' ? `${name} was written by a newer version` : `${name} is ${status}`;
}

/** Such a node would stop as soon as it has read its journal. */
function strangerIn(
  cluster: ClusterReport | null,
  departing: readonly string[],
  { id, incarnation }: IdentityReport,
): string | undefined {
  if (cluster === null || id === null) return undefined;
  const { members, membersSlot } = cluster;
  const self = members.find((member) => member.id === id);
  if (self === undefined) {
    if (membersSlot === 0) return `${id} is not among the members that the journal names`;
    if (departing.includes(id)) return undefined;
    const names = members.map((member) => member.id).join(', ');
    return `${id} was removed from the cluster, whose members are ${names} since slot ${membersSlot}`;
  }
  if (self.incarnation === incarnation) return undefined;
  return `the journal is that of another data directory of ${id}, with incarnation ${self.incarnation}`;
}

function without(from: StartVerdict['from'], text: string): StartVerdict {
  return { from, slot: null, records: null, text };
}
