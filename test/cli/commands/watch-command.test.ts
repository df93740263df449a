import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WatchBatch, WatchOptions } from '../../../src/client/index.ts';
import { CodedError, entry, World } from '../fake-context.ts';
import { waitFor } from '../support.ts';

let directory: string;
let files = 0;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'conclave-watch-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

const strange = Uint8Array.of(0x62, 0x00, 0x63);
const batches: readonly WatchBatch[] = [
  { revision: 7, events: [{ type: 'put', key: 'a', entry: entry('a', 'two\nlines'), previous: undefined }] },
  {
    revision: 9,
    events: [
      { type: 'delete', key: 'a', previous: undefined },
      { type: 'put', key: 'b\0c', entry: entry(strange, 'x'), previous: undefined },
    ],
  },
];

/** A world whose watch brings the batches and waits then, and a shell script as the command, which writes to a file. */
function watching(script: string) {
  files += 1;
  const file = path.join(directory, `notes-${files}`);
  const asked: unknown[] = [];
  async function* events(signal: AbortSignal | undefined) {
    yield* batches;
    await new Promise((_resolve, reject) => {
      const abort = () => reject(new CodedError('ABORTED', 'aborted'));
      if (signal?.aborted === true) abort();
      else signal?.addEventListener('abort', abort);
    });
  }
  const watch = (what: unknown, options: WatchOptions = {}) => {
    asked.push([what, options.fromRevision, options.events]);
    return Promise.resolve({ startRevision: 6, [Symbol.asyncIterator]: () => events(options.signal) });
  };
  const environment = { PATH: process.env['PATH'] ?? '', NOTES: file };
  const world = new World({ client: { watch } as never, environment });
  const notes = () => readFile(file, 'utf8').catch(() => '');
  return { asked, world, notes, command: ['--', 'sh', '-c', `{ ${script}; } >> "$NOTES"`] };
}

const note = 'echo "$CONCLAVE_EVENT_REVISION $CONCLAVE_EVENT_TYPE $CONCLAVE_EVENT_KEY$CONCLAVE_EVENT_KEY_BASE64"';

test('is run for each event in order, with the event in its environment and the value on its standard input', async () => {
  const { asked, world, notes, command } = watching(`${note}; sed 's/^/  /'; echo .`);
  const running = world.run('watch', '--prefix', '', '--from', '7', '--only', 'put', ...command);
  await waitFor('three events', async () => (await notes()).split('.\n').length > 3);
  world.signals.emit('SIGINT', 'SIGINT');
  expect(await running).toBe(130);
  expect(asked).toEqual([[{ prefix: '' }, 7, 'put']]);
  expect((await notes()).split('\n')).toEqual([
    '7 put a',
    '  two',
    '  lines.',
    '9 delete a',
    '.',
    '9 put YgBj',
    '  x.',
    '',
  ]);
  expect([world.stdout.text, world.stderr.text]).toEqual(['', 'watching from 6\n']);
});

test('reads the event as JSON with --json', async () => {
  const { world, notes, command } = watching('cat');
  const running = world.run('watch', 'a', '--json', ...command);
  await waitFor('three events', async () => (await notes()).split('\n').length > 3);
  world.signals.emit('SIGTERM', 'SIGTERM');
  expect(await running).toBe(143);
  expect((await notes()).split('\n').slice(0, 2)).toEqual([
    '{"revision":7,"type":"put","key":"a","value":"two\\nlines"}',
    '{"revision":9,"type":"delete","key":"a"}',
  ]);
});

test('need not read its input, and may fail: that is told, and the watch goes on', async () => {
  const { world, notes, command } = watching(`${note}; exit 3`);
  const running = world.run('watch', 'a', ...command);
  await waitFor('three events', async () => (await notes()).split('\n').length > 3);
  await waitFor('the last failure', () => world.stderr.text.split('\n').length > 4);
  world.signals.emit('SIGINT', 'SIGINT');
  await running;
  expect(world.stderr.text.split('\n').slice(1, 3)).toEqual([
    'conclave: for revision 7 the command has ended with 3',
    'conclave: for revision 9 the command has ended with 3',
  ]);
});

test('gets TERM when the watch is told to end, is waited for, and is not run again', async () => {
  const { world, notes, command } = watching(
    `trap 'echo ended; exit 0' TERM; echo started; while :; do sleep 0.02; done`,
  );
  const running = world.run('watch', 'a', ...command);
  await waitFor('the command to run', async () => (await notes()) === 'started\n');
  world.signals.emit('SIGINT', 'SIGINT');
  expect(await running).toBe(130);
  expect(await notes()).toBe('started\nended\n');
});

test('that does not exist ends the watch with 127', async () => {
  const { world } = watching('true');
  expect(await world.run('watch', 'a', '--', 'no-such-command-anywhere')).toBe(127);
  expect(world.stderr.text).toContain('conclave: no-such-command-anywhere: command not found\n');
});
