import { describe, expect, test } from 'vitest';
import { watchRow } from '../../../src/cli/observe/watch-view.ts';
import type { WatchReport } from '../../../src/rpc/inspection-client.ts';
import { observedWorld } from './observed-node.ts';

function watch(id: number, more: Partial<WatchReport> = {}): WatchReport {
  return {
    connection: 4,
    watch: id,
    client: '127.0.0.1:50000',
    kind: 'keys',
    from: Buffer.from('a'),
    extent: 'single',
    to: Buffer.of(),
    lagging: false,
    unwrittenBytes: 0,
    sessions: [11],
    ...more,
  };
}

const range = (from: Uint8Array, to: Uint8Array) => watch(1, { extent: 'range', from, to });

test.each([
  [watch(1), 'a'],
  [watch(1, { extent: 'unbounded' }), '[a, …)'],
  [watch(1, { extent: 'unbounded', from: Buffer.of() }), 'everything'],
  [range(Buffer.from('a/'), Buffer.from('a0')), 'a/…'],
  [range(Buffer.from('a'), Buffer.from('c')), '[a, c)'],
  [range(Buffer.of(97, 255), Buffer.from('b')), 'a\ufffd…'],
  [range(Buffer.of(), Buffer.from('b')), '[, b)'],
])('%#: what is watched', (report, text) => {
  expect(watchRow('n1', report)[4]).toBe(text);
});

describe('watches', () => {
  const world = (options = {}) =>
    observedWorld(
      {
        Watches: (_request, endpoint) => {
          return {
            watches: endpoint.endsWith('2') ? [watch(7, { lagging: true, unwrittenBytes: 2_048 })] : [],
            more: false,
          };
        },
      },
      options,
    );

  test('are shown with their client and the node', async () => {
    const shown = world({ down: ['n3'] });
    expect(await shown.run('watches')).toBe(0);
    expect(shown.stdout.text).toBe(
      'NODE\tCLIENT\tSESSIONS\tWATCHES\tWHAT\tSTATE\tUNWRITTEN\nn2\t127.0.0.1:50000\t11\tkeys\ta\treads history\t2 KiB\n',
    );
  });

  test('are objects for programs, one per line', async () => {
    const shown = world();
    expect(await shown.run('watches', '--json', '--node', 'n2')).toBe(0);
    expect(JSON.parse(shown.stdout.text)).toEqual({
      node: 'n2',
      client: '127.0.0.1:50000',
      sessions: ['11'],
      connection: 4,
      id: 7,
      kind: 'keys',
      extent: 'single',
      from: 'a',
      to: null,
      lagging: true,
      unwrittenBytes: 2_048,
    });
  });

  test('come page by page, behind the last one', async () => {
    const asked: object[] = [];
    const shown = observedWorld({
      Watches: (request) => {
        asked.push(request);
        const first = request.afterWatch + 1;
        return { watches: Array.from({ length: request.limit }, (_, index) => watch(first + index)), more: true };
      },
    });
    expect(await shown.run('watches', '--node', 'n1', '--limit', '1001')).toBe(0);
    expect(asked).toEqual([
      { afterConnection: 0, afterWatch: 0, limit: 1_000 },
      { afterConnection: 4, afterWatch: 1_000, limit: 1 },
    ]);
    expect(shown.stderr.text).toBe('there are more than 1001 watches on n1: see --limit\n');
  });

  test('of a node that does not answer are not known', async () => {
    expect(await world().run('watches', '--node', 'n9')).toBe(1);
    expect(await world({ down: ['n1', 'n2', 'n3'] }).run('watches')).toBe(69);
  });
});
