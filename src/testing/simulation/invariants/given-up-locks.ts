import type { OperationRecord } from '../../checkers/history.ts';
import { acquisitionKey, type ReferenceLog } from '../../checkers/reference-log.ts';
import { violated } from './violation.ts';

interface GivenUp {
  readonly client: string;
  readonly name: string;
  readonly key: string;
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
    const chosen = this.#log.acquisitions.get(key);
    if (chosen === undefined) this.#absent.push({ client, name, key });
    else if (chosen.endedRevision === undefined) {
      violated('a lock that was given up is given up', `${client}: ${name}, asked in revision ${chosen.askedRevision}`);
    }
  }

  /** At the end, when the log is complete. */
  check(): void {
    for (const { client, name, key } of this.#absent) {
      const chosen = this.#log.acquisitions.get(key);
      if (chosen === undefined) continue;
      violated('a lock that was given up is given up', `${client}: ${name}, asked later, in ${chosen.askedRevision}`);
    }
  }
}
