import { configurationOf } from '../../paxos/configuration-codec.ts';
import type { Slot } from '../../paxos/record.ts';
import { AssertionFailure } from '../../wire/assert.ts';
import { type Ballot, formatBallot } from '../../wire/ballot.ts';
import type { CommandContext } from '../context.ts';
import { colorsFor, printable, writeJson, writeLine } from '../output.ts';
import { formatSize } from '../size.ts';
import type { ReadRecord } from './journal-reading.ts';

const titles = ['SEQUENCE', 'KIND', 'PROMISED', 'CHOSEN', 'SLOTS'] as const;
/** A table that has a width before its rows are known: they are not held. */
const columnCharacters = [12, 8, 16, 12, 0] as const;

/** Writes records as they come, a line each: a table on a terminal, else columns divided by tabs, or NDJSON. */
export async function listRecords(
  { stdout, environment }: Pick<CommandContext, 'stdout' | 'environment'>,
  records: AsyncIterable<ReadRecord>,
  json: boolean,
): Promise<void> {
  if (json) {
    for await (const record of records) await writeJson(stdout, recordJson(record));
    return;
  }
  const onTerminal = stdout.isTTY === true;
  const lineOf = (cells: readonly string[]): string => {
    if (!onTerminal) return cells.join('\t');
    return cells
      .map((cell, column) => cell.padEnd(columnCharacters[column] ?? 0))
      .join('')
      .trimEnd();
  };
  await writeLine(stdout, colorsFor(stdout, environment).dim(lineOf(titles)));
  for await (const record of records) await writeLine(stdout, lineOf(cellsOf(record, onTerminal)));
}

function cellsOf({ record, isAnchor }: ReadRecord, onTerminal: boolean): readonly string[] {
  const { sequence, promised, chosenThrough, accepted } = record;
  const slots = accepted.map(({ slot, value }) => {
    const members = memberNames(slot, value);
    if (onTerminal) return `${slot} (${formatSize(value.length)}${members === null ? '' : `: ${members.join(' ')}`})`;
    return `${slot}:${value.length}${members === null ? '' : `:${members.join(' ')}`}`;
  });
  const promise = promised.round === 0 ? '-' : printable(formatBallot(promised));
  return [
    String(sequence),
    isAnchor ? 'anchor' : 'record',
    promise,
    String(chosenThrough),
    slots.length === 0 ? '-' : slots.join(onTerminal ? ', ' : ','),
  ];
}

function recordJson({ record, isAnchor }: ReadRecord) {
  const { sequence, promised, chosenThrough, trimmedThrough, accepted, genesis, formed, configuration } = record;
  return {
    sequence,
    anchor: isAnchor,
    promised: ballotJson(promised),
    chosenThrough,
    trimmedThrough,
    formed,
    genesis: genesis !== undefined,
    membersSlot: configuration?.slot ?? null,
    slots: accepted.map(({ slot, ballot, value, chosen }) => {
      return { slot, ballot: ballotJson(ballot), bytes: value.length, chosen, members: memberNames(slot, value) };
    }),
  };
}

/** Of a slot in which the members are chosen; null: it holds operations, or what a later version has to read. */
function memberNames(slot: Slot, value: Uint8Array): readonly string[] | null {
  try {
    return configurationOf(slot, value)?.members.map(({ nodeId }) => printable(nodeId)) ?? null;
  } catch (error) {
    if (!(error instanceof AssertionFailure)) throw error;
    return null;
  }
}

function ballotJson({ round, nodeId }: Ballot) {
  return round === 0 ? null : { round, node: nodeId };
}
