import { describe, expect, test } from 'vitest';
import { clockFindings, clockRate } from '../../../src/cli/check/clock-findings.ts';
import { clusterFindings } from '../../../src/cli/check/cluster-findings.ts';
import type { Evidence } from '../../../src/cli/check/evidence.ts';
import { nodeFindings } from '../../../src/cli/check/node-findings.ts';
import type { NodeStatus } from '../../../src/cli/cluster-probe.ts';
import { clusterStatus } from '../../../src/cli/cluster-status.ts';
import { compareHashes } from '../../../src/cli/observe/hash-comparison.ts';
import type { NodeVitals } from '../../../src/rpc/inspection-client.ts';
import { observedStatus } from '../observe/observed-node.ts';
import { readingAt } from '../observe/vitals.ts';

const all = ['n1', 'n2', 'n3'];

interface Differences {
  readonly answering?: readonly string[];
  readonly status?: Readonly<Record<string, Partial<NodeStatus>>>;
  readonly vitals?: Readonly<Record<string, Partial<NodeVitals>>>;
  readonly hashes?: Readonly<Record<string, string>>;
  readonly reads?: Evidence['reads'];
}

/** Of a cluster in which all is well but what is named. */
function evidence({ answering = all, status = {}, vitals = {}, hashes = {}, reads }: Differences = {}): Evidence {
  const statuses = new Map(answering.map((id) => [id, observedStatus(id, status[id])]));
  const reports = [...statuses].map(([id, told]) => {
    return { kind: 'answered', endpoint: `127.0.0.1:710${id.slice(1)}`, status: told } as const;
  });
  const pairs = answering.map((id) => {
    return [id, { first: readingAt(0), second: readingAt(1_000, vitals[id]) }] as const;
  });
  return {
    cluster: clusterStatus(reports),
    statuses,
    vitals: new Map(pairs),
    hashes: compareHashes(new Map(answering.map((id) => [id, [{ slot: 40, hash: hashes[id] ?? 'a' }]]))),
    reads: reads ?? { durationsMs: [1, 2, 9], problem: undefined },
  };
}

/** What is not well: `check member level`. */
function unwell(differences: Differences): readonly string[] {
  const found = evidence(differences);
  return [...clusterFindings(found), ...nodeFindings(found), ...clockFindings(found)]
    .filter(({ level }) => level !== 'ok')
    .map(({ check, member, level }) => `${check} ${member ?? '-'} ${level}`);
}

const slow = (p99Ms: number) => ({ count: 256, medianMs: 1, p99Ms, maxMs: p99Ms });
const trip = (medianMs: number) => ({ roundTrips: [{ nodeId: 'n3', durations: { ...slow(medianMs), medianMs } }] });

test('where all is well, every check says so', () => {
  const found = evidence({ vitals: { n1: trip(1) } });
  const findings = [...clusterFindings(found), ...nodeFindings(found), ...clockFindings(found)];
  expect(findings.map(({ level }) => level)).toEqual(findings.map(() => 'ok'));
  expect(findings.map(({ check }) => check)).toEqual([
    ...['leader', 'members', 'tolerance', 'lag', 'reads', 'state', 'versions', 'quota'],
    ...['round-trip', 'fsync', 'commit', 'event-loop', 'disk', 'configuration', 'clock-rate', 'clock-offset'],
  ]);
});

describe('found is', () => {
  test.each<[string, Differences, readonly string[]]>([
    ['a member that is away', { answering: ['n1', 'n2'] }, ['members n3 warning', 'tolerance - critical']],
    ['that nobody leads', { status: { n1: { state: 'follower' } } }, ['leader - critical']],
    [
      'who is far behind',
      {
        status: { n3: { appliedSlot: 40 }, n1: { chosenSlot: 5_000, appliedSlot: 5_000 }, n2: { appliedSlot: 5_000 } },
      },
      ['lag n3 warning'],
    ],
    ['slow reads', { reads: { durationsMs: [99, 101, 102], problem: undefined } }, ['reads - warning']],
    ['reads that fail', { reads: { durationsMs: [], problem: 'no' } }, ['reads - critical']],
    ['another state', { hashes: { n2: 'b' } }, ['state - critical']],
    ['an alarm', { status: { n2: { alarm: 'differs' } } }, ['alarm n2 critical']],
    ['another version', { status: { n3: { version: '0.2.0' } } }, ['versions - warning']],
    [
      'a quota that is nearly used',
      { status: { n1: { quotaBytes: 1_200_000, appliedSlot: 41 } } },
      ['quota - warning'],
    ],
    ['a long way', { vitals: { n1: trip(101) } }, ['round-trip n3 warning']],
    ['one longer than a lease', { vitals: { n1: trip(201) } }, ['round-trip n3 critical']],
    ['a slow disk', { vitals: { n2: { appends: slow(101) } } }, ['fsync n2 warning']],
    ['one slower than the silence of a leader', { vitals: { n2: { appends: slow(601) } } }, ['fsync n2 critical']],
    ['slow commits', { vitals: { n1: { commits: slow(300) } } }, ['commit - warning']],
    ['timers that are late', { vitals: { n3: { eventLoopDelayP99Ms: 51 } } }, ['event-loop n3 warning']],
    ['a disk that fills up', { vitals: { n3: { diskFreeBytes: 2 ** 28 + 1 } } }, ['disk n3 warning']],
    ['one that is full', { vitals: { n3: { diskFreeBytes: 5 } } }, ['disk n3 critical']],
    [
      'another setting',
      { vitals: { n3: { settings: [{ name: 'heartbeatMs', value: '60' }] } } },
      ['configuration - warning'],
    ],
    ['a clock that goes too fast', { vitals: { n2: { monotonicMs: 6_060 } } }, ['clock-rate n2 warning']],
    [
      'one that goes faster than the cluster bears',
      { vitals: { n2: { monotonicMs: 6_110 } } },
      ['clock-rate n2 critical'],
    ],
    ['a clock that is slow', { vitals: { n2: { monotonicMs: 5_900 } } }, ['clock-rate n2 warning']],
    ['a clock that is set wrong', { vitals: { n2: { wallClockMs: 1_700_000_003_000 } } }, ['clock-offset n2 warning']],
  ])('%s', (_name, differences, expected) => {
    expect(unwell(differences)).toEqual(expected);
  });
});

test('few voters, of whom none may fail, are no failure', () => {
  const members = [
    { nodeId: 'n1', address: '127.0.0.1:7101', incarnation: 'i', standing: 'voter', replaces: null },
  ] as const;
  expect(unwell({ answering: ['n1'], status: { n1: { members } } })).toEqual([]);
});

test('a node that does not tell how it is, is not known to be well', () => {
  const { vitals, ...rest } = evidence();
  expect(nodeFindings({ ...rest, vitals: new Map([...vitals].slice(1)) })).toContainEqual(
    expect.objectContaining({ check: 'vitals', member: 'n1', level: 'unknown' }),
  );
});

test('a clock rate counts as far as it was measured', () => {
  const first = { ...readingAt(0), roundTripMs: 200 };
  const { deviation, uncertainty } = clockRate({ first, second: readingAt(1_000, { monotonicMs: 6_110 }) });
  expect(deviation).toBeCloseTo(0.11);
  expect(uncertainty).toBeCloseTo(0.101);
});
