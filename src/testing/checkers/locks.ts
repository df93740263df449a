import type { FencedWrite, Finding, GrantRecord, HoldRecord } from './history.ts';
import { acquisitionKey, endOfGeneration, generationAt, type ReferenceLog } from './reference-log.ts';
import { describe } from './structural-equality.ts';

/**
 * Mutual exclusion as clients live it: the times in which two of them believe that they hold one lock do not overlap. Judged
 * in true time, so it also holds for clients whose clocks drift within ε.
 */
export function checkMutualExclusion(holds: readonly HoldRecord[]): Finding[] {
  const findings: Finding[] = [];
  for (const ofLock of groupBy(holds, ({ name }) => name).values()) {
    ofLock.sort((a, b) => a.fromUs - b.fromUs);
    let others: HoldRecord[] = [];
    for (const hold of ofLock) {
      others = others.filter(({ untilUs }) => untilUs > hold.fromUs);
      const excluded = others.find((other) => !goTogether(other, hold));
      if (excluded !== undefined) {
        findings.push({ check: 'mutual exclusion', detail: `${describe(excluded)} and ${describe(hold)}` });
      } else if (hold.mode === 'permit' && others.length >= mostPermits([...others, hold])) {
        findings.push({ check: 'no more holders than permits', detail: `${describe(others)} and ${describe(hold)}` });
      }
      others.push(hold);
    }
  }
  return findings;
}

/**
 * What is promised of holds. Two deeds end a session, or a generation of it, without its client's knowing first: an operator closes it, or
 * another program resumes it. From then on nothing is promised of the holds of that client but their tokens.
 */
export function promisedHolds(holds: readonly HoldRecord[], log: ReferenceLog): HoldRecord[] {
  return holds.flatMap((hold) => {
    const end = endOfGeneration(log.sessions.get(hold.sessionId), hold.generation);
    if (end === undefined || (end.by !== 'forced' && end.by !== 'superseded')) return [hold];
    return hold.fromUs < end.us ? [{ ...hold, untilUs: Math.min(hold.untilUs, end.us) }] : [];
  });
}

/**
 * What a holder believes of a lock that an operator has taken away, the promise of exclusion says nothing of: there it is the token that
 * protects.
 */
export function untilTakenAway(holds: readonly HoldRecord[], log: ReferenceLog): readonly HoldRecord[] {
  const kept: HoldRecord[] = [];
  for (const hold of holds) {
    const acquisition = log.acquisitions.get(acquisitionKey(hold.sessionId, hold.sequence));
    if (acquisition?.endedBy !== 'force') {
      kept.push(hold);
      continue;
    }
    const by = log.applied.find(({ changed, revision }) => changed && revision === acquisition.endedRevision);
    const untilUs = Math.min(hold.untilUs, by?.chosenUs ?? hold.untilUs);
    if (hold.fromUs < untilUs) kept.push({ ...hold, untilUs });
  }
  return kept;
}

/** Whoever came first may have asked for fewer: each is judged by what it asked for itself. */
function mostPermits(holds: readonly HoldRecord[]): number {
  return Math.max(...holds.map(({ permits }) => permits ?? 0));
}

function goTogether(a: HoldRecord, b: HoldRecord): boolean {
  return a.mode === b.mode && (a.mode === 'shared' || a.mode === 'permit');
}

/**
 * A token belongs to one acquisition, or to those that hold the lock together, and each later holder's is larger: over the whole life of
 * the name. Permits have none.
 */
export function checkTokens(holds: readonly HoldRecord[]): Finding[] {
  const findings: Finding[] = [];
  const fenced = holds.filter(({ mode }) => mode !== 'permit');
  for (const ofLock of groupBy(fenced, ({ name }) => name).values()) {
    ofLock.sort((a, b) => a.fromUs - b.fromUs);
    for (const [at, hold] of ofLock.entries()) {
      const before = ofLock[at - 1];
      if (before === undefined) continue;
      const same = before.sessionId === hold.sessionId && before.sequence === hold.sequence;
      const together = before.mode === 'shared' && hold.mode === 'shared' && before.token === hold.token;
      if (together || (same ? before.token === hold.token : before.token < hold.token)) continue;
      findings.push({ check: 'tokens rise', detail: `${describe(before)} then ${describe(hold)}` });
    }
  }
  return findings;
}

/** What nodes say about acquisitions is what the log says at the revision that they name. */
export function checkGrants(grants: readonly GrantRecord[], log: ReferenceLog): Finding[] {
  const findings: Finding[] = [];
  for (const grant of grants) {
    const chosen = log.acquisitions.get(acquisitionKey(grant.sessionId, grant.sequence));
    const { revision } = grant;
    const session = log.sessions.get(grant.sessionId);
    const superseded = generationAt(session, revision) > grant.generation;
    // To a generation that was superseded, everything is gone.
    const lives = session !== undefined && grant.sessionId <= revision && !isOver(session, revision) && !superseded;
    let expected: GrantRecord['state'] = lives ? 'ended' : 'gone';
    if (lives && chosen?.name === grant.name && chosen.askedRevision <= revision && !isOver(chosen, revision)) {
      const { grantedRevision } = chosen;
      expected = grantedRevision !== undefined && grantedRevision <= revision ? 'held' : 'queued';
    }
    if (expected !== grant.state) {
      findings.push({ check: 'grants equal the model', detail: `log says ${expected}: ${describe(grant)}` });
    } else if (grant.state === 'held' && grant.token !== chosen?.token) {
      findings.push({ check: 'tokens equal the model', detail: `log says ${chosen?.token}: ${describe(grant)}` });
    }
  }
  return findings;
}

function isOver({ endedRevision }: { readonly endedRevision: number | undefined }, revision: number): boolean {
  return endedRevision !== undefined && endedRevision <= revision;
}

/**
 * The outside resource: what it accepts comes in the order of tokens, so that all that is written under one token stands together, and
 * what it rejects is really older.
 */
export function checkFencing(writes: readonly FencedWrite[]): Finding[] {
  const findings: Finding[] = [];
  for (const ofResource of groupBy(writes, ({ resource }) => resource).values()) {
    ofResource.sort((a, b) => a.atUs - b.atUs);
    let highest: FencedWrite | undefined;
    for (const write of ofResource) {
      if (write.accepted !== (highest === undefined || write.token >= highest.token)) {
        findings.push({ check: 'the resource is fenced', detail: `${describe(highest)} then ${describe(write)}` });
      }
      if (highest?.token === write.token && highest.sessionId !== write.sessionId) {
        findings.push({ check: 'a token has one owner', detail: `${describe(highest)} and ${describe(write)}` });
      }
      if (write.accepted && (highest === undefined || write.token > highest.token)) highest = write;
    }
    checkTogether(ofResource, findings);
  }
  return findings;
}

function checkTogether(writes: readonly FencedWrite[], findings: Finding[]): void {
  const over = new Set<number>();
  let last: FencedWrite | undefined;
  for (const write of writes) {
    if (!write.accepted) continue;
    if (last !== undefined && last.token !== write.token) over.add(last.token);
    if (over.has(write.token)) {
      const detail = `${describe(last)} then ${describe(write)}`;
      findings.push({ check: 'writes of one token stand together', detail });
    }
    last = write;
  }
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
