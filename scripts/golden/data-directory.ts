import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { connect } from '../../src/client/index.ts';
import { requestSettingsChange } from '../../src/rpc/admin-client.ts';
import { type RunningNode, resolveConfig, startNode } from '../../src/server/index.ts';
import { freePorts } from '../../src/testing/cluster/free-ports.ts';
import { settingsFeatureLevel } from '../../src/wire/feature-level.ts';

/** What has to be found in a data directory by every later version. */
export interface GoldenContent {
  /** What the node has to be started with. */
  readonly initial: string;
  readonly featureLevel: number;
  readonly quotaBytes: number;
  readonly revision: number;
  /** Living keys and their texts. */
  readonly keys: Readonly<Record<string, string>>;
  /** What one of them was at an earlier revision. */
  readonly past: { readonly key: string; readonly revision: number; readonly text: string };
  readonly counter: { readonly name: string; readonly value: string };
  /** Held by a session that lives for a day. */
  readonly lock: { readonly name: string; readonly token: number; readonly note: string };
  readonly sessions: number;
}

const dayMs = 24 * 60 * 60 * 1000;
/** So that there are checkpoints, and a journal that was trimmed, in little. */
const checkpointJournalMib = 0.02;
const quotaBytes = 64 * 1024 * 1024;

/** A lone node that has done something of everything, stopped as by a crash: journal and checkpoints are what they are then. */
export async function writeDataDirectory(dataDir: string, level: number): Promise<GoldenContent> {
  const [port, httpPort] = await freePorts(2);
  const listen = `127.0.0.1:${port}`;
  const flags = { id: 'n1', dataDir, listen, http: `127.0.0.1:${httpPort}`, initial: `n1=${listen}` };
  const config = { ...resolveConfig({ flags }), checkpointJournalMib };
  const node = await startNode(config, { logger: pino({ level: 'silent' }), supportedLevel: level });
  try {
    await until(node, ({ state, featureLevel }) => state === 'leader' && featureLevel === level);
    if (level >= settingsFeatureLevel) {
      await requestSettingsChange(node.address, [{ name: 'quotaBytes', value: quotaBytes }], { timeoutMs: 5_000 });
    }
    return { initial: flags.initial, ...(await fill(node, level)) };
  } finally {
    await node.kill();
  }
}

async function fill(node: RunningNode, level: number): Promise<Omit<GoldenContent, 'initial'>> {
  const client = await connect({ endpoints: [node.address], session: { ttlMs: dayMs, name: 'golden' } });
  const first = await client.put('config/rate', 'first');
  await client.put('config/rate', 'second');
  await client.put('gone', 'soon');
  await client.delete('gone');
  await client.put('mine', 'ephemeral', { ephemeral: true });
  const counter = client.counter('orders');
  await counter.nextBlock(41);
  const value = await counter.next();
  const lock = await client.lock('nightly', { note: 'by n1' });
  await client.put('blob', 'x'.repeat(1_000));
  // Until two checkpoints are there, and the journal has been trimmed below them.
  for (let slot = 0, count = 0; count < 3; count++) {
    for (; node.report().checkpointSlot === slot; ) await client.put('blob', 'x'.repeat(1_000));
    slot = node.report().checkpointSlot;
    await delay(100);
  }
  const { revision } = await client.put('last', 'after the checkpoint');
  // Not closed: the session is to live on.
  return {
    featureLevel: level,
    quotaBytes: level >= settingsFeatureLevel ? quotaBytes : 0,
    revision,
    keys: {
      'config/rate': 'second',
      mine: 'ephemeral',
      blob: 'x'.repeat(1_000),
      last: 'after the checkpoint',
    },
    past: { key: 'config/rate', revision: first.revision, text: 'first' },
    counter: { name: 'orders', value: String(value) },
    lock: { name: 'nightly', token: lock.token, note: 'by n1' },
    sessions: node.report().sessions,
  };
}

async function until(node: RunningNode, holds: (report: ReturnType<RunningNode['report']>) => boolean): Promise<void> {
  while (!holds(node.report())) await delay(10);
}
