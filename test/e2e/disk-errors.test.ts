import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, connect } from '../../src/client/index.ts';
import type { ProcessNode } from '../../src/testing/cluster/process-node.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';
import { canFailSystemCalls, openFileOf, SystemCallFaults } from './system-call-faults.ts';

const isPossible = await canFailSystemCalls();

/** Where a machine does not let processes be traced, disks that fail are the simulator's. */
describe.skipIf(!isPossible)(
  'a node whose disk fails halts with the reason, the others go on, and it comes back',
  () => {
    let cluster: TestCluster<ProcessNode>;
    let client: Client;
    const expected = new Map<string, string>();

    beforeAll(async () => {
      cluster = await TestCluster.start({ mode: 'processes', proxies: false, settings: { checkpointJournalMib: 1 } });
      client = await connect({ endpoints: cluster.endpoints });
    }, 60_000);

    afterAll(async () => {
      await client?.close();
      await cluster?.close();
    });

    async function put(index: number): Promise<void> {
      const [key, value] = [`key/${index % 20}`, randomBytes(8 * 1024).toString('hex')];
      await client.put(key, value);
      expected.set(key, value);
    }

    /** What was acknowledged is there, whoever is asked. */
    async function expectAll(asked: Client): Promise<void> {
      for (const [key, value] of expected) expect((await asked.get(key))?.text()).toBe(value);
    }

    /** Writes until the node has ended; returns how, and what it said at last. */
    async function untilEnd(node: ProcessNode): Promise<{ readonly code: number | null; readonly said: string }> {
      for (let index = 0; node.running; index++) await put(index);
      const { code } = await node.exited();
      return { code, said: await lastLineOf(node) };
    }

    async function lastLineOf(node: ProcessNode): Promise<string> {
      return (await readFile(node.logFile, 'utf8')).trimEnd().split('\n').at(-1) ?? '';
    }

    /** Started again without the fault, it has everything. */
    async function expectToComeBack(node: ProcessNode): Promise<void> {
      await put(0);
      await expectAll(client);
      await node.start();
      await cluster.converged(20_000);
      const own = await connect({ endpoints: [node.address] });
      try {
        await expectAll(own);
      } finally {
        await own.close();
      }
    }

    async function fileOf(node: ProcessNode, name: RegExp): Promise<string> {
      const ask = () => openFileOf(node.pid ?? 0, name);
      return await waitFor(`${node.id} to have ${name} open`, ask, { timeoutMs: 5_000 });
    }

    const journalLog = /\/journal\/\d+\.log$/;

    test.each([
      [
        'an fsync of the journal',
        'fdatasync',
        'EIO',
        'IO_ERROR',
        /Input\/output error.*Nothing written since may be trusted/,
      ],
      ['a write of the journal', 'write', 'ENOSPC', 'DISK_FULL', /No space left on device.*Make room on the disk/],
    ] as const)(
      '%s: %s fails with %s',
      async (_, call, errno, code, reason) => {
        const leader = await cluster.leader();
        await put(0);
        const file = await fileOf(leader, journalLog);
        const faults = await SystemCallFaults.in(leader.pid ?? 0, { call, errno, file });
        try {
          const end = await untilEnd(leader);
          expect(await faults.count()).toBeGreaterThan(0);
          expect(end.code).toBe(1);
          expect(end.said).toMatch(/^error PERSIST_FAILED: /);
          expect(end.said).toContain(code);
          expect(end.said).toMatch(reason);
          expect(end.said).toContain(path.join(leader.dataDir, 'journal'));
        } finally {
          await faults[Symbol.asyncDispose]();
        }
        await expectToComeBack(leader);
      },
      60_000,
    );

    test('a write of a checkpoint: the disk is full', async () => {
      const leader = await cluster.leader();
      const node = cluster.nodes.find(({ id }) => id !== leader.id) ?? leader;
      const file = await fileOf(node, /\/checkpoint\/\d+\.log$/);
      const faults = await SystemCallFaults.in(node.pid ?? 0, { call: 'write', errno: 'ENOSPC', file });
      try {
        const end = await untilEnd(node);
        expect(end.code).toBe(1);
        expect(end.said).toMatch(/^error CHECKPOINT_FAILED: .*No space left on device.*Make room on the disk/);
        expect(end.said).toContain(path.join(node.dataDir, 'checkpoint'));
      } finally {
        await faults[Symbol.asyncDispose]();
      }
      await expectToComeBack(node);
    }, 60_000);

    test('reading the journal at the start: nothing of it is lost by that', async () => {
      const node = cluster.node('n3');
      await put(0);
      await node.kill();
      const names = (await readdir(path.join(node.dataDir, 'journal'))).filter((name) => name.endsWith('.log'));
      const only = names.flatMap((name) => ['-P', path.join(node.dataDir, 'journal', name)]);
      const calls = ['-e', 'trace=read,pread64', '-e', 'inject=read,pread64:error=EIO'];
      await node.start({ prefix: ['strace', '-D', '-f', '-qq', '-o', '/dev/null', ...only, ...calls] }).catch(() => {});
      const { code } = await node.exited();
      expect(code).toBe(1);
      expect(await lastLineOf(node)).toMatch(/^error IO_ERROR: .*\/journal.*/);
      await expectToComeBack(node);
    }, 60_000);
  },
);
