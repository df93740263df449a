import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HealthView, liveChecks, readyChecks } from '../../src/server/health.ts';
import { HttpServer } from '../../src/server/http.ts';
import { Metrics, type MetricsSample } from '../../src/server/metrics.ts';
import { zeroBallot } from '../../src/wire/ballot.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';

const healthy: HealthView = {
  stopping: false,
  halted: undefined,
  formed: true,
  leaderId: 'n2',
  chosenSlot: 5,
  appliedSlot: 5,
};
const sample: MetricsSample = {
  hasLeader: true,
  isLeader: false,
  slotsChosen: 12,
  slotsApplied: 11,
  slotsOpen: 0,
  revision: 7,
  checkpointSlot: 9,
  journalBytes: 1_000,
  checkpointStoreBytes: 2_000,
  journaledBytes: 4096,
  sessions: 1,
  watches: 2,
  laggingWatches: 0,
  lockWaiters: 0,
  pendingCommands: 0,
  pendingReads: 0,
  clientStreams: 3,
  tcpConnections: 4,
  peerQueueBytes: 0,
  peersConnected: 2,
  residentBytes: 1_000,
  quotaBytes: Number.POSITIVE_INFINITY,
  featureLevel: 1,
  diskFreeBytes: 5_000,
};

let view: HealthView;
let metrics: Metrics;
let server: HttpServer;
let origin: string;

beforeEach(async () => {
  view = healthy;
  metrics = new Metrics('n1' as NodeId, () => sample);
  server = new HttpServer({
    live: () => liveChecks(view),
    ready: () => readyChecks(view),
    metrics: async () => ({ contentType: metrics.contentType, text: await metrics.text() }),
  });
  origin = `http://127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`;
});

afterEach(() => server.close());

async function get(path: string, method = 'GET'): Promise<[status: number, text: string]> {
  const response = await fetch(`${origin}${path}`, { method });
  return [response.status, await response.text()];
}

test('a node that is well says ok, and on demand why', async () => {
  expect(await get('/livez')).toEqual([200, 'ok\n']);
  expect(await get('/readyz')).toEqual([200, 'ok\n']);
  const [status, text] = await get('/readyz?verbose');
  expect(status).toBe(200);
  expect(text).toBe('[+]running ok\n[+]cluster ok\n[+]leader ok\n[+]applied ok\nok\n');
});

describe('a node that may not be sent clients says why, but need not be restarted', () => {
  test.each<[Partial<HealthView>, string]>([
    [{ formed: false }, '[-]cluster failed: the cluster has not formed yet'],
    [{ leaderId: '' }, '[-]leader failed: no leader is known'],
    [{ appliedSlot: 4 }, '[-]applied failed: slot 4 of 5 chosen ones is applied'],
    [{ stopping: true }, '[-]running failed: the node is shutting down'],
  ])('%o', async (change, line) => {
    view = { ...healthy, ...change };
    const [status, text] = await get('/readyz');
    expect(status).toBe(503);
    expect(text.split('\n')).toContain(line);
    expect(await get('/livez')).toEqual([200, 'ok\n']);
  });
});

test('a node that has halted is not live', async () => {
  view = { ...healthy, halted: 'PERSIST_FAILED: disk full' };
  expect(await get('/livez')).toEqual([503, '[-]running failed: PERSIST_FAILED: disk full\nfailed\n']);
});

test('metrics are in the format of Prometheus, with the node as a label', async () => {
  metrics.leaderChanged();
  const accepted = (slot: number, bytes: number) => ({
    slot,
    ballot: zeroBallot,
    chosen: false,
    value: new Uint8Array(bytes),
  });
  metrics.journalAppended(2, { accepted: [accepted(1, 100), accepted(2, 200)] });
  metrics.journalAppended(20, { accepted: [accepted(2, 200), accepted(3, 300)] }); // slot 2 in a new ballot
  metrics.stateDiverged();
  metrics.peerDropped('n2' as NodeId, 'bulk', 'overflow', 3);
  const [status, text] = await get('/metrics');
  expect(status).toBe(200);
  const lines = text.split('\n');
  expect(lines).toContain('conclave_has_leader{node="n1"} 1');
  expect(lines).toContain('conclave_is_leader{node="n1"} 0');
  expect(lines).toContain('conclave_slots_chosen{node="n1"} 12');
  expect(lines).toContain('conclave_resident_bytes{node="n1"} 1000');
  expect(lines).toContain('conclave_quota_bytes{node="n1"} +Inf');
  expect(lines).toContain('conclave_leader_changes_total{node="n1"} 1');
  expect(lines).toContain('conclave_journal_append_seconds_bucket{le="0.0025",node="n1"} 1');
  expect(lines).toContain('conclave_peer_dropped_messages_total{peer="n2",lane="bulk",reason="overflow",node="n1"} 3');
  expect(lines).toContain('conclave_operation_bytes_total{node="n1"} 600');
  expect(lines).toContain('conclave_journal_handed_bytes_total{node="n1"} 1000');
  expect(lines).toContain('conclave_checkpoint_handed_bytes_total{node="n1"} 2000');
  expect(lines).toContain('conclave_state_divergences_total{node="n1"} 1');
  // Asked again, what is counted elsewhere is not counted twice.
  expect((await get('/metrics'))[1]).toContain('conclave_journal_handed_bytes_total{node="n1"} 1000\n');
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds/m);
  expect(text).toMatch(/^process_resident_memory_bytes/m);
});

test('what is not there is not found, and nothing can be posted', async () => {
  expect((await get('/'))[0]).toBe(404);
  expect((await get('//'))[0]).toBe(404);
  expect((await get('/livez', 'POST'))[0]).toBe(405);
  expect(await get('/livez', 'HEAD')).toEqual([200, '']);
});
