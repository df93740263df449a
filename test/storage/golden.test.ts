import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import type { GoldenContent } from '../../scripts/golden/data-directory.ts';
import { connect } from '../../src/client/index.ts';
import { type RunningNode, resolveConfig, startNode } from '../../src/server/index.ts';
import { freePorts } from '../../src/testing/cluster/free-ports.ts';
import { supportedFeatureLevel } from '../../src/wire/feature-level.ts';

const golden = fileURLToPath(new URL('../golden/', import.meta.url));
const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** On a copy of what an older version has left. */
async function startOn(name: string): Promise<{ node: RunningNode; content: GoldenContent; restored: unknown[] }> {
  const content = JSON.parse(await readFile(path.join(golden, name, 'content.json'), 'utf8')) as GoldenContent;
  const dataDir = await mkdtemp(path.join(tmpdir(), 'conclave-golden-'));
  undo.push(() => rm(dataDir, { recursive: true, force: true }));
  await cp(path.join(golden, name, 'directory'), dataDir, { recursive: true });
  const [port, httpPort] = await freePorts(2);
  const listen = `127.0.0.1:${port}`;
  const flags = { id: 'n1', dataDir, listen, http: `127.0.0.1:${httpPort}`, initial: content.initial };
  const restored: unknown[] = [];
  const logger = pino({}, { write: (line) => /"restored"/.test(line) && restored.push(JSON.parse(line)) });
  const node = await startNode(resolveConfig({ flags }), { logger });
  undo.push(() => node.stop());
  await vi.waitFor(() => expect(node.report().featureLevel).toBe(supportedFeatureLevel), { timeout: 10_000 });
  return { node, content, restored };
}

test.each(Array.from({ length: supportedFeatureLevel }, (_, index) => `data-of-level-${index + 1}`))(
  '%s is opened, has what was in it, and goes on',
  async (name) => {
    const { node, content, restored } = await startOn(name);
    expect(restored).toEqual([expect.objectContaining({ checkpointSlot: expect.any(Number) })]);
    expect((restored[0] as { checkpointSlot: number }).checkpointSlot).toBeGreaterThan(0);
    const client = await connect({ endpoints: [node.address] });
    undo.push(() => client.close());

    const found = await client.range({ prefix: '' });
    expect(Object.fromEntries(found.entries.map((entry) => [entry.key, entry.text()]))).toEqual(content.keys);
    expect((await client.get('last'))?.modRevision).toBe(content.revision);
    const past = await client.get(content.past.key, { revision: content.past.revision });
    expect(past?.text()).toBe(content.past.text);
    expect(String(await client.counter(content.counter.name).get())).toBe(content.counter.value);
    const { name: lockName, token, note: noteText } = content.lock;
    expect((await client.locks.get(lockName)).holders).toMatchObject([{ token, noteText }]);
    expect(node.report().sessions).toBe(content.sessions);
    expect(node.report().quotaBytes).toBe(content.quotaBytes === 0 ? 2 ** 30 : content.quotaBytes);

    expect((await client.put('next', 'written')).revision).toBeGreaterThan(content.revision);
    expect(await client.counter(content.counter.name).next()).toBe(BigInt(content.counter.value) + 1n);
  },
  30_000,
);
