import { afterEach, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { NodesInProcess } from './nodes.ts';

let nodes: NodesInProcess;
afterEach(() => nodes.dispose());

/** As it stands under /metrics. */
async function counterOf(id: string, name: string): Promise<number> {
  const text = await (await fetch(`http://${nodes.config(id).http}/metrics`)).text();
  const value = new RegExp(`^${name}\\{[^}]*\\} (\\d+)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`there is no ${name}`);
  return Number(value);
}

test('LevelDB is handed each byte of operations at least once, and with checkpoints at most three times', async () => {
  nodes = await NodesInProcess.prepare(3, { checkpointJournalMib: 1 });
  await nodes.startAll();
  await nodes.leader();
  const ids = [...nodes.running.keys()];
  const client = await connect({ endpoints: ids.map((id) => nodes.config(id).listen) });
  try {
    const value = new Uint8Array(50_000);
    const haveCheckpoints = async (): Promise<boolean> => {
      const counts = await Promise.all(ids.map((id) => counterOf(id, 'conclave_checkpoint_seconds_count')));
      return counts.every((count) => count >= 3);
    };
    for (let written = 0; written % 10 !== 0 || !(await haveCheckpoints()); written++) await client.put('key', value);
  } finally {
    await client.close();
  }
  for (const id of ids) {
    const complete = await counterOf(id, 'conclave_checkpoint_bytes_total');
    const operations = await counterOf(id, 'conclave_operation_bytes_total');
    const journal = await counterOf(id, 'conclave_journal_handed_bytes_total');
    const checkpoints = await counterOf(id, 'conclave_checkpoint_handed_bytes_total');
    expect(journal).toBeGreaterThan(operations);
    expect(checkpoints).toBeGreaterThan(complete);
    expect((journal + checkpoints) / operations).toBeLessThan(3);
  }
});
