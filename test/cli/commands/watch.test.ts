import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { CallOptions, Selector, WatchBatch } from '../../../src/client/index.ts';
import { CodedError, entry, World } from '../fake-context.ts';

const batches: readonly WatchBatch[] = [
  { revision: 7, events: [{ type: 'put', key: 'a', entry: entry('a', 'one two'), previous: undefined }] },
  {
    revision: 9,
    events: [
      { type: 'delete', key: 'a', previous: undefined },
      { type: 'put', key: 'b', entry: entry('b', Uint8Array.of(0xff)), previous: undefined },
    ],
  },
];

const strange = Uint8Array.of(0x62, 0xff);
const strangeBatches: readonly WatchBatch[] = [
  { revision: 11, events: [{ type: 'put', key: 'b\ufffd', entry: entry(strange, '1'), previous: undefined }] },
  { revision: 12, events: [{ type: 'delete', key: 'b\ufffd', previous: entry(strange, '1') }] },
];

/** A watch that brings the batches, then waits until it is aborted. */
function watching(then: 'wait' | 'fail' = 'wait', brought = batches, onTerminal = false) {
  const watched: Selector[] = [];
  async function* events(signal: AbortSignal | undefined) {
    yield* brought;
    if (then === 'fail') throw new CodedError('COMPACTED', 'the revision 7 has been compacted away');
    await new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new CodedError('ABORTED', 'aborted')));
    });
  }
  const watch = (what: Selector, options?: CallOptions) => {
    watched.push(what);
    return Promise.resolve({ startRevision: 6, [Symbol.asyncIterator]: () => events(options?.signal) } as never);
  };
  return { watched, world: new World({ client: { watch }, onTerminal }) };
}

async function runUntil(world: World, lines: number, words: string[], signal: string): Promise<number> {
  const running = world.run(...words);
  while (world.stdout.text.split('\n').length <= lines) await nextTurn();
  world.signals.emit(signal, signal);
  return await running;
}

test('each event is a line; INT ends it with 130', async () => {
  const { watched, world } = watching();
  expect(await runUntil(world, 3, ['watch', '--prefix', ''], 'SIGINT')).toBe(130);
  expect(watched).toEqual([{ prefix: '' }]);
  expect(Buffer.from(world.stdout.bytes).toString('latin1')).toBe('7 put a one two\n9 delete a\n9 put b \xff\n');
  expect(world.stderr.text).toBe('watching from 6\n');
  expect(world.closed).toBe(1);
});

test('TERM ends it as TERM does', async () => {
  const { watched, world } = watching();
  expect(await runUntil(world, 3, ['watch', 'a'], 'SIGTERM')).toBe(143);
  expect(watched).toEqual(['a']);
});

test('--json prints an object per event', async () => {
  const { world } = watching();
  await runUntil(world, 3, ['watch', 'a', '--json'], 'SIGINT');
  expect(
    world.stdout.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { revision: 7, type: 'put', key: 'a', value: 'one two' },
    { revision: 9, type: 'delete', key: 'a' },
    { revision: 9, type: 'put', key: 'b', valueBase64: '/w==' },
  ]);
});

test('a key that is not text stays what it is, also when it is deleted', async () => {
  const piped = watching('wait', strangeBatches);
  await runUntil(piped.world, 2, ['watch', '--prefix', 'b'], 'SIGINT');
  expect(Buffer.from(piped.world.stdout.bytes).toString('latin1')).toBe('11 put b\xff 1\n12 delete b\xff\n');
  const json = watching('wait', strangeBatches);
  await runUntil(json.world, 2, ['watch', '--prefix', 'b', '--json'], 'SIGINT');
  expect(json.world.stdout.text).toBe(
    '{"revision":11,"type":"put","keyBase64":"Yv8=","value":"1"}\n{"revision":12,"type":"delete","keyBase64":"Yv8="}\n',
  );
});

test('a terminal is shown text', async () => {
  const { world } = watching('wait', strangeBatches, true);
  await runUntil(world, 2, ['watch', '--prefix', 'b'], 'SIGINT');
  expect(world.stdout.text).toBe('11 put b\ufffd 1\n12 delete b\ufffd\n');
});

test('a watch that cannot go on is a failure', async () => {
  const { world } = watching('fail');
  expect(await world.run('watch', 'a')).toBe(1);
  expect(world.stderr.text).toContain('error COMPACTED: the revision 7 has been compacted away\n');
});
