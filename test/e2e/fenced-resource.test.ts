import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { Program } from './program.ts';

const lockName = 'report';
let cluster: TestCluster;
let folder: string;

beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes', proxies: false });
  folder = await mkdtemp(join(tmpdir(), 'conclave-fenced-'));
}, 30_000);

afterAll(async () => {
  await cluster?.close();
  await rm(folder, { recursive: true, force: true });
});

function writer(): Program {
  return new Program('fenced-writer.mjs', [cluster.endpoints.join(','), lockName, '2000']);
}

async function startResource(): Promise<{ readonly program: Program; readonly port: number }> {
  const program = new Program('fenced-resource.mjs', [join(folder, 'data'), lockName]);
  const { port } = await program.next('listening');
  return { program, port: port as number };
}

async function valueAt(port: number): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/`);
  return ((await response.json()) as { readonly value?: unknown }).value;
}

it('the late write of a holder that was stopped after its check is refused, also by a resource that was killed since', async () => {
  const { program, port } = await startResource();
  using resource = program;
  using first = writer();
  const { token } = await first.next('acquired');
  first.tell(`${port} early`);
  expect(await first.next('answered')).toMatchObject({ written: 'early' });

  using second = writer();
  await second.next('asked');
  first.tell('check');
  await first.next('checked');
  first.signal('SIGSTOP');
  const { token: laterToken } = await second.next('acquired');
  expect(laterToken).toBeGreaterThan(token as number);
  second.tell(`${port} new`);
  expect(await second.next('answered')).toMatchObject({ written: 'new' });

  first.tell(`${port} late`);
  first.signal('SIGCONT');
  const refused = { code: 'STALE_TOKEN', outcome: 'not-applied' };
  expect(await first.next('answered')).toMatchObject(refused);
  expect(await valueAt(port)).toBe('new');

  await resource.kill();
  const restarted = await startResource();
  using _again = restarted.program;
  first.tell(`${restarted.port} later`);
  expect(await first.next('answered')).toMatchObject(refused);
  second.tell(`${restarted.port} newer`);
  expect(await second.next('answered')).toMatchObject({ written: 'newer' });
  expect(await valueAt(restarted.port)).toBe('newer');
}, 60_000);
