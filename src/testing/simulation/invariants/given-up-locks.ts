import type { OperationRecord } from '../../checkers/history.ts';
import { type AcquisitionHistory, acquisitionKey, type ReferenceLog } from '../../checkers/reference-log.ts';
import { violated } from './violation.ts';

interface GivenUp {
  readonly client: string;
  readonly name: string;
  readonly key: string;
  readonly generation: number;
}

/**
 * Whoever was told that its call for a lock has had and will have no effect has no place in the queue: not when it is told, and not
 * later either.
 */
export class GivenUpLocks {
  readonly #log: ReferenceLog;
  readonly #absent: GivenUp[] = [];

  /** `log`: what is chosen, ahead of what any client can know. */
  constructor(log: ReferenceLog) {
    this.#log = log;
  }

  /** `command` undefined: it was never sent. */
  add(client: string, name: string, command: OperationRecord['command']): void {
    if (command === undefined) return;
    const key = acquisitionKey(command.sessionId, command.sequence);
    const { generation } = command;
    const chosen = this.#find(key, generation);
    if (chosen === undefined) this.#absent.push({ client, name, key, generation });
    else if (chosen.endedRevision === undefined) {
      violated('a lock that was given up is given up', `${client}: ${name}, asked in revision ${chosen.askedRevision}`);
    }
  }

  /** At the end, when the log is complete. */
  check(): void {
    for (const { client, name, key, generation } of this.#absent) {
      const chosen = this.#find(key, generation);
      if (chosen === undefined) continue;
      violated('a lock that was given up is given up', `${client}: ${name}, asked later, in ${chosen.askedRevision}`);
    }
  }

  /** A later generation may have used the number. */
  #find(key: string, generation: number): AcquisitionHistory | undefined {
    const chosen = this.#log.acquisitions.get(key);
    return chosen?.generation === generation ? chosen : undefined;
  }
}
