import type { Logger } from 'pino';
import type { NodeReport } from '../rpc/admin-definition.ts';
import type { NodeHalt } from './halt.ts';
import type { Metrics } from './metrics.ts';
import { type NodeNoticeCode, noticeLevels } from './notices.ts';

/** Tells operators what happens to a node: in its log, in its metrics, and in what it reports of itself. */
export class NoticeBoard {
  readonly #logger: Logger;
  readonly #metrics: () => Pick<Metrics, 'leaderChanged' | 'stateDiverged'>;
  #lastError = '';
  #alarm = '';

  constructor(logger: Logger, metrics: () => Pick<Metrics, 'leaderChanged' | 'stateDiverged'>) {
    this.#logger = logger;
    this.#metrics = metrics;
  }

  /** What has gone wrong last, and what somebody has to look into. */
  get told(): Pick<NodeReport, 'lastError' | 'alarm'> {
    return { lastError: this.#lastError, alarm: this.#alarm };
  }

  tell(code: NodeNoticeCode, text: string): void {
    if (code === 'became-leader' || code === 'following') this.#metrics().leaderChanged();
    if (code === 'state-diverged') {
      this.#metrics().stateDiverged();
      this.#alarm = text;
    }
    const level = noticeLevels[code] ?? 'info';
    if (level !== 'info') this.#lastError = `${code}: ${text}`;
    this.#logger[level]({ event: code }, text);
  }

  tellHalt(halt: NodeHalt): void {
    this.#lastError = `${halt.code}: ${halt.reason}`;
    this.#logger.fatal({ event: 'halted', ...halt }, `halted: ${halt.code}: ${halt.reason}`);
  }
}
