import { utf8Bytes } from '../../../wire/bytes.ts';
import type { Transaction } from '../../../wire/operation.ts';

/** A write inside of the store that takes effect only if the lock is still held with that token. */
export function fencedPut(client: string, lock: string, token: number): Transaction {
  const put = {
    kind: 'put',
    key: utf8Bytes(`k/fenced-${lock}`),
    value: utf8Bytes(`${client}:${token}`),
    ephemeral: false,
  } as const;
  return { kind: 'transaction', if: [{ kind: 'lockHeld', name: lock, token }], then: [put], else: [] };
}
