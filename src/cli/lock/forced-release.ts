import type { LockInfo, LockParty } from '../../client/index.ts';
import { withClient } from '../cluster-client.ts';
import type { CommonOptions } from '../common-options.ts';
import { confirm, refuseUnasked } from '../confirmation.ts';
import type { CommandContext } from '../context.ts';
import { counted } from '../counted.ts';
import { exitCodes } from '../exit-code.ts';
import { CommandFailure } from '../failure.ts';
import { printable, writeJson, writeLine } from '../output.ts';

export interface ForcedReleaseOptions extends CommonOptions {
  /** Of whoever is meant; everybody who holds it unless given. */
  readonly token: number | undefined;
  readonly yes: boolean;
}

/** @throws CommandFailure NOT_HELD, NOT_CONFIRMED */
export async function releaseByForce(
  context: CommandContext,
  name: string,
  options: ForcedReleaseOptions,
): Promise<number> {
  refuseUnasked(context, 'lock release', options.yes);
  const { released, revision } = await withClient(context, options, async (client, firstCall) => {
    const info = await firstCall((timeoutMs) => client.locks.get(name, { timeoutMs }));
    const meant = info.holders.filter((holder) => options.token === undefined || proofOf(holder) === options.token);
    if (meant.length === 0) throw notHeld(info, options.token);
    await confirm(context, consequencesOf(info, meant), options.yes);
    const done = { released: 0, revision: info.revision };
    // Those who share a lock have one token.
    for (const token of new Set(meant.map(proofOf))) {
      const answer = await client.locks.forceRelease(name, token, { timeoutMs: options.timeoutMs });
      done.released += answer.released;
      done.revision = answer.revision;
    }
    if (done.released === 0) throw notHeld({ ...info, holders: [] }, options.token);
    return done;
  });
  if (options.json) await writeJson(context.stdout, { name, released, revision });
  else await writeLine(context.stdout, `${counted(released, 'holder')} released`);
  return exitCodes.success;
}

/** A holder has one of the two. */
function proofOf({ token, permit }: LockParty): number {
  return token ?? permit ?? 0;
}

function notHeld({ name, holders }: LockInfo, token: number | undefined): CommandFailure {
  const withToken = token === undefined ? '' : ` with token ${token}`;
  const others = holders.length === 0 ? '' : `; it is held with ${[...new Set(holders.map(proofOf))].join(', ')}`;
  return new CommandFailure('NOT_HELD', `nobody holds ${name}${withToken}${others}`);
}

/** What it is to those who hold the lock, and to those who wait. */
function consequencesOf(info: LockInfo, meant: readonly LockParty[]): readonly string[] {
  const { name, holders, holderCount, waiterCount } = info;
  const unseen = holderCount - holders.length;
  return [
    `${name} is taken away from:`,
    ...meant.map((holder) => `  ${partyText(holder)}`),
    ...(unseen > 0 ? [`Of ${holderCount} holders only the first ${holders.length} are seen.`] : []),
    'What was got together with other locks is taken away with them.',
    'A holder learns of it when the news reaches it, and may work until then: only what compares fencing tokens refuses it.',
    waiterCount === 0 ? 'Nobody waits for it.' : `In its queue: ${waiterCount}, and the first of them is next.`,
  ];
}

function partyText(holder: LockParty): string {
  const { session, mode, askedRevision, noteText } = holder;
  const proof = mode === 'permit' ? `permit ${proofOf(holder)}` : `${mode}, token ${proofOf(holder)}`;
  const note = noteText === '' ? '' : `, "${printable(noteText)}"`;
  return `session ${session}, ${proof}, asked for at revision ${askedRevision}${note}`;
}
