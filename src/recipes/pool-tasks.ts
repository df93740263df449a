import { cond, type Op, op } from '../client/index.ts';
import { keyPrefix } from './names.ts';

/** What is in the queue of a pool. */
export interface PoolTask {
  /** Where the one who waits for it looks. */
  readonly reply: string;
  readonly payload: unknown;
}

export type PoolResult = { readonly value: unknown } | { readonly failure: string; readonly attempts: number };

export class PoolKeys {
  readonly queueName: string;
  readonly replies: string;
  readonly shutdown: string;

  constructor(name: string) {
    const prefix = keyPrefix('pool', name);
    this.queueName = `pool/${name}`;
    this.replies = `${prefix}replies/`;
    this.shutdown = `${prefix}shutdown`;
  }

  repliesTo(reply: string): string {
    return `${this.replies}${reply}/`;
  }

  /** Ephemeral: somebody waits for the reply. */
  waiting(reply: string): string {
    return `${this.repliesTo(reply)}waiting`;
  }

  progress(reply: string): string {
    return `${this.repliesTo(reply)}progress`;
  }

  result(reply: string): string {
    return `${this.repliesTo(reply)}result`;
  }

  /** Only while somebody waits: else it would stay for ever. */
  tell(reply: string, key: string, text: string): Op<unknown> {
    return op.txn({ if: [cond.exists(this.waiting(reply))], then: [op.put(key, text)] });
  }
}

export function isPoolTask(value: unknown): value is PoolTask {
  return typeof value === 'object' && value !== null && 'reply' in value && typeof value.reply === 'string';
}
