import { describe, expect, test } from 'vitest';
import { eventually } from '../../eventually.ts';
import { observedWorld } from './observed-node.ts';
import { soundVitals } from './vitals.ts';

const durations = { count: 9, medianMs: 0.31, p99Ms: 1, maxMs: 2 };
const vitals = (endpoint: string) =>
  soundVitals(endpoint.endsWith('1') ? { roundTrips: [{ nodeId: 'n2', durations }] } : { diskFreeBytes: 0 });

const world = (options: Parameters<typeof observedWorld>[1] = {}) =>
  observedWorld({ Vitals: (_request, endpoint) => vitals(endpoint) }, { down: ['n3'], ...options });

describe('status', () => {
  test('shows beside the members how they are', async () => {
    const shown = world();
    expect(await shown.run('status')).toBe(0);
    const [, table = ''] = shown.stdout.text.split('\n\n');
    expect(table.split('\n').map((line) => line.split('\t'))).toEqual([
      [
        'MEMBER',
        'BEHIND',
        'ROUND TRIP',
        'FSYNC',
        'COMMIT',
        'LOOP',
        'MEMORY',
        'DISK FREE',
        'JOURNAL',
        'CLIENTS',
        'WATCHES',
      ],
      ['n1', '0', '-', '2.0ms', '2.0ms', '1.0ms', '80 MiB', '50 GiB', '3 MiB', '3', '2'],
      ['n2', '0', '0.31ms', '2.0ms', '2.0ms', '1.0ms', '80 MiB', '-', '3 MiB', '3', '2'],
      ['n3', '-', '-', '-', '-', '-', '-', '-', '-', '-', '-'],
    ]);
  });

  test('for programs has vitals and round trip of each member, or null', async () => {
    const shown = world();
    await shown.run('status', '--json');
    const { members } = JSON.parse(shown.stdout.text);
    const { wallClockMs, monotonicMs, roundTrips, leaseMs, clockDriftPermille, settings, ...told } = vitals(':2');
    expect(members[1]).toMatchObject({ id: 'n2', vitals: told, roundTrip: durations });
    expect(members[0].roundTrip).toBeNull();
    expect(members[2]).toMatchObject({ id: 'n3', vitals: null, roundTrip: null });
  });

  test('of nodes that tell nothing of the kind is what they report', async () => {
    const shown = observedWorld({});
    expect(await shown.run('status')).toBe(0);
    expect(shown.stdout.text).not.toContain('FSYNC');
    expect(shown.stdout.text).toContain('leader n1');
  });
});

describe('status --watch', () => {
  async function watched(words: readonly string[], options: Parameters<typeof observedWorld>[1], texts: number) {
    const shown = world(options);
    const ended = shown.run('status', '--watch', '--interval', '1ms', ...words);
    await eventually(() => expect(shown.stdout.text.split('cluster').length).toBeGreaterThan(texts));
    shown.signals.emit('SIGINT', 'SIGINT');
    return { exitCode: await ended, text: shown.stdout.text };
  }

  test('draws over what was there on a terminal, until Ctrl-C', async () => {
    const { exitCode, text } = await watched([], { onTerminal: true }, 2);
    expect(exitCode).toBe(130);
    expect(text.split('\u001b[2J')).toHaveLength(2);
    expect(text.split('\u001b[H').length).toBeGreaterThan(2);
    expect(text.endsWith('\u001b[J\u001b[?7h')).toBe(true);
  });

  test('ends at Ctrl-C also while a node is silent', async () => {
    let asked = 0;
    const Vitals = (): Promise<never> => {
      asked += 1;
      return new Promise(() => undefined);
    };
    const shown = observedWorld({ Vitals });
    const ended = shown.run('status', '--watch');
    await eventually(() => expect(asked).toBeGreaterThan(0));
    shown.signals.emit('SIGINT', 'SIGINT');
    expect(await ended).toBe(130);
  });

  test('goes on below elsewhere', async () => {
    const { text } = await watched([], {}, 2);
    expect(text).not.toContain('\u001b');
    expect(text.split('\n\nMEMBER\tSTATE').length).toBeGreaterThan(1);
  });

  test('prints an object per line for programs', async () => {
    const { text } = await watched(['--json'], {}, 2);
    const lines = text.trim().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ leader: 'n1' });
  });

  test('without a leader it keeps looking', async () => {
    const { exitCode } = await watched([], { down: ['n1', 'n2', 'n3'] }, 2);
    expect(exitCode).toBe(130);
  });
});
