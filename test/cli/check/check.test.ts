import { describe, expect, test } from 'vitest';
import { writeReport } from '../../../src/cli/check/check-report.ts';
import type { Finding } from '../../../src/cli/check/finding.ts';
import { overMembers } from '../../../src/cli/check/finding.ts';
import { MemoryStream } from '../fake-context.ts';
import { observedWorld } from '../observe/observed-node.ts';
import { soundVitals } from '../observe/vitals.ts';

const findings: readonly Finding[] = [
  { check: 'leader', member: null, level: 'ok', detail: 'n1 leads' },
  { check: 'fsync', member: 'n2', level: 'warning', detail: '101ms | slow' },
  { check: 'members', member: 'n3', level: 'critical', detail: 'away' },
];

async function reported(found: readonly Finding[], format: Parameters<typeof writeReport>[2], onTerminal = false) {
  const stdout = new MemoryStream(onTerminal);
  await writeReport({ stdout, environment: {} }, found, format);
  return stdout.text;
}

describe('a report', () => {
  test('is a table and a verdict', async () => {
    expect(await reported(findings, 'text')).toBe(
      'CHECK\tMEMBER\tRESULT\tDETAIL\nleader\t-\tok\tn1 leads\nfsync\tn2\twarning\t101ms | slow\n' +
        'members\tn3\tcritical\taway\nverdict: critical (1 critical, 1 warning)\n',
    );
    expect(await reported(findings.slice(0, 1), 'text')).toMatch(/\nverdict: ok\n$/);
    const onTerminal = await reported(findings, 'text', true);
    expect(onTerminal).toContain('\u001b[31mverdict: critical');
    expect(onTerminal).toContain('\u001b[33mwarning\u001b[39m');
  });

  test('is an object for programs', async () => {
    expect(JSON.parse(await reported(findings, 'json'))).toEqual({ verdict: 'critical', findings });
  });

  test('is one line for monitoring, which tells what is not well', async () => {
    expect(await reported(findings, 'nagios')).toBe('CONCLAVE CRITICAL - fsync n2: 101ms / slow; members n3: away\n');
    expect(await reported(findings.slice(0, 1), 'nagios')).toBe('CONCLAVE OK - 1 checks\n');
  });
});

test('members that are all well are one finding, with what the worst is like', () => {
  const found = [2, 9, 3].map((value, index) => {
    return { member: `n${index + 1}`, level: 'ok', value, detail: `${value}ms` } as const;
  });
  expect(overMembers('fsync', found)).toEqual([
    { check: 'fsync', member: null, level: 'ok', detail: '9ms (n2, the worst of 3)' },
  ]);
});

describe('check', () => {
  const answers = {
    Vitals: () => soundVitals({ wallClockMs: Date.now(), monotonicMs: performance.now() }),
    StateHashes: () => ({ hashes: [{ slot: 40, hash: 'a' }] }),
  };
  const client = { get: () => Promise.resolve(undefined) };

  test('ends with 0 if all is well', async () => {
    const world = observedWorld(answers, { client });
    expect([await world.run('check', '--json'), JSON.parse(world.stdout.text).verdict]).toEqual([0, 'ok']);
  });

  test('ends with 2 if something is critical', async () => {
    const world = observedWorld(answers, { client, down: ['n3'] });
    expect(await world.run('check', '--format', 'nagios')).toBe(2);
    expect(world.stdout.text).toMatch(/^CONCLAVE CRITICAL - members n3: does not answer at .*; tolerance: can lose 0/);
  });

  test('without a cluster ends with 69, or as monitoring wants it', async () => {
    const down = ['n1', 'n2', 'n3'];
    expect(await observedWorld({}, { down }).run('check')).toBe(69);
    const monitored = observedWorld({}, { down });
    expect(await monitored.run('check', '--format', 'nagios')).toBe(2);
    // Of members that nobody knows, nothing is said.
    expect(monitored.stdout.text).toMatch(
      /^CONCLAVE CRITICAL - leader: nobody leads; members: .*; reads: nobody answers/,
    );
    expect(monitored.stdout.text).not.toContain('tolerance');
  });
});
