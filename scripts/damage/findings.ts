import type { DirectoryReport } from '../../src/cli/inspect/directory-report.ts';
import type { Damage } from './damage.ts';
import type { Verdict } from './verdict.ts';

export interface CaseFacts {
  readonly damage: Damage;
  /** What `conclave inspect` says of the directory; undefined: there is none. */
  readonly report: DirectoryReport | undefined;
  /** Every record that the node had written is there, and no other. */
  readonly isJournalWhole: boolean;
}

/** Only the others can know of these: the directory is in order, and not the one that they know. */
const knownToOthers = ['ROLLED_BACK'];

/** How a verdict breaks what is promised, in words; empty: it does not. */
export function findingsOf(facts: CaseFacts, verdict: Verdict): readonly string[] {
  return verdict.kind === 'serves' ? findingsOfService(facts, verdict) : findingsOfRefusal(facts, verdict);
}

function* both(...findings: readonly (string | false)[]): Generator<string> {
  for (const finding of findings) if (finding !== false) yield finding;
}

function findingsOfService(
  { damage, report, isJournalWhole }: CaseFacts,
  verdict: Extract<Verdict, { kind: 'serves' }>,
): readonly string[] {
  // A member that begins anew has promised nothing.
  if (damage.expected === 'is taken in') return [...both(!verdict.takenIn && 'it goes on under its old name')];
  const from = report?.start.from;
  const said = `inspect said: ${report?.start.text}`;
  return [
    ...both(
      damage.expected === 'refuses' && 'it votes and serves, where it must not start',
      !isJournalWhole && 'it votes, though its journal is not whole: a promise may be forgotten',
      from === 'refused' && `it starts, but ${said}`,
      (from === 'needsState') !== verdict.lacksState &&
        `it ${verdict.lacksState ? 'lacks' : 'has'} a state, but ${said}`,
      from === 'checkpoint' &&
        report?.start.slot !== verdict.checkpointSlot &&
        `it starts from the checkpoint of slot ${verdict.checkpointSlot}, but ${said}`,
      isUnnoticed(report, verdict) && 'inspect finds damage of which the start says nothing',
    ),
  ];
}

/** Of an older checkpoint that is not read, a start says nothing: it will be read when it is needed, and then be told of. */
function isUnnoticed(report: DirectoryReport | undefined, { noticed }: Extract<Verdict, { kind: 'serves' }>): boolean {
  if (report === undefined || noticed.length > 0) return false;
  const { witness, checkpoints } = report;
  const isOlderOne = (slot: number): boolean => slot !== checkpoints.list[0]?.slot;
  const readAtStart = checkpoints.list.filter(({ slot }) => !isOlderOne(slot));
  return [witness, checkpoints, ...readAtStart].some(({ status }) => status === 'damaged');
}

function findingsOfRefusal(
  { damage, report }: CaseFacts,
  { code, message, exitCode }: Extract<Verdict, { kind: 'refuses' }>,
): readonly string[] {
  const isRefusedByOthers = knownToOthers.includes(code);
  return [
    ...both(
      (damage.expected === 'serves' || damage.expected === 'is taken in') &&
        `it does not start, where it can: ${message}`,
      !/^[A-Z_]+$/.test(code) && `it ends without an error code: ${message}`,
      exitCode !== undefined && exitCode !== 1 && `it ends with exit code ${exitCode}`,
      !damage.names.test(message) && `its message does not name the damage: ${message}`,
      !isRefusedByOthers &&
        report?.start.from !== 'refused' &&
        `it does not start, but inspect said: ${report?.start.text}`,
    ),
  ];
}
