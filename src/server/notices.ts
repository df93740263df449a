import type { NoticeCode } from '../paxos/effects.ts';

/**
 * `checkpoint-damaged`: what was kept is of no use, and is dropped. `state-missing`: another node has to send it. `quota-…`, `disk-…`: how
 * much room there is.
 */
export type NodeNoticeCode =
  | NoticeCode
  | 'checkpoint-damaged'
  | 'state-missing'
  | 'quota-warning'
  | 'quota-critical'
  | 'quota-eased'
  | 'disk-low'
  | 'disk-eased';

/** What is none of these is the usual course of things. */
export const noticeLevels: Readonly<Partial<Record<NodeNoticeCode, 'warn' | 'error'>>> = {
  suspended: 'warn',
  'peer-refused': 'warn',
  'state-diverged': 'error',
  'checkpoint-damaged': 'warn',
  'state-missing': 'warn',
  'quota-warning': 'warn',
  'quota-critical': 'error',
  'disk-low': 'error',
};
