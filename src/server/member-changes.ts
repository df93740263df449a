import type { MemberChange, MemberChangeOutcome } from '../replica/member-change.ts';
import { AdminRefusal } from '../rpc/admin-service.ts';
import type { Driver } from './driver.ts';

/** Operators' changes of the members that are under way at this node. */
export class MemberChanges {
  readonly #driver: () => Driver;
  readonly #waiting = new Map<number, (outcome: MemberChangeOutcome) => void>();
  #lastToken = 0;

  constructor(driver: () => Driver) {
    this.#driver = driver;
  }

  /** Resolves with the slot since which the members are so; 0: they were so before. @throws AdminRefusal */
  async change(change: MemberChange): Promise<number> {
    this.#lastToken += 1;
    const token = this.#lastToken;
    const outcome = await new Promise<MemberChangeOutcome>((resolve) => {
      this.#waiting.set(token, resolve);
      this.#driver().give({ type: 'changeMembers', token, change }, 'control');
    });
    if (outcome.kind === 'refused') throw new AdminRefusal(outcome.code, outcome.message);
    return outcome.slot;
  }

  onEnded(token: number, outcome: MemberChangeOutcome): void {
    const resolve = this.#waiting.get(token);
    this.#waiting.delete(token);
    resolve?.(outcome);
  }

  /** Nothing more is heard of those under way. */
  close(): void {
    const message = 'the node has stopped, and it is not known whether the change was made';
    for (const resolve of this.#waiting.values()) resolve({ kind: 'refused', code: 'TIMEOUT', message });
    this.#waiting.clear();
  }
}
