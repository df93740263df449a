import type { Client } from '../../client/index.ts';
import { op } from '../../client/transaction.ts';
import type { FirstCall } from '../cluster-client.ts';
import { listEntries } from './list-entries.ts';

/** Of one transaction; a frame takes more bytes, the service no more operations. */
const batchKeys = 1_000;
const batchBytes = 1024 * 1024;

export interface PrefixDeleted {
  readonly deletedKeys: number;
  /** Of the last transaction; undefined if there was nothing to delete. */
  readonly revision: number | undefined;
}

/** Deletes the keys that are there when it begins, in as many transactions as it takes. */
export async function deletePrefix(
  client: Pick<Client, 'scan' | 'txn'>,
  prefix: string,
  firstCall: FirstCall,
  laterTimeoutMs: number | undefined,
): Promise<PrefixDeleted> {
  let deletedKeys = 0;
  let revision: number | undefined;
  let batch: Uint8Array[] = [];
  let bytes = 0;
  const commit = async (): Promise<void> => {
    const then = batch.map((key) => op.delete(key));
    const done = await client.txn({ if: [], then }, { timeoutMs: laterTimeoutMs });
    if (done.succeeded) deletedKeys += done.results.filter(({ deleted }) => deleted).length;
    revision = done.revision;
    batch = [];
    bytes = 0;
  };
  for await (const { keyBytes } of listEntries(client, firstCall, { prefix, withValues: false })) {
    if (batch.length >= batchKeys || (batch.length > 0 && bytes + keyBytes.length > batchBytes)) await commit();
    batch.push(keyBytes);
    bytes += keyBytes.length;
  }
  if (batch.length > 0) await commit();
  return { deletedKeys, revision };
}
