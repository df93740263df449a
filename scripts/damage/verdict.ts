import { readFile, stat } from 'node:fs/promises';
import { ProcessNode } from '../../src/testing/cluster/process-node.ts';
import type { TestNode } from '../../src/testing/cluster/test-node.ts';

/** What a node made of its data directory. */
export type Verdict =
  | {
      readonly kind: 'serves';
      /** Of the checkpoint that it started from; 0: from none. */
      readonly checkpointSlot: number;
      /** Another node had to send it one. */
      readonly lacksState: boolean;
      /** It had to be made a member anew, under another incarnation. */
      readonly takenIn: boolean;
      /** What it said of damage. */
      readonly noticed: readonly string[];
    }
  | {
      readonly kind: 'refuses';
      readonly code: string;
      readonly message: string;
      /** Undefined: it was none of a process. */
      readonly exitCode: number | null | undefined;
    };

/** What one run of a node has written to its log. */
export class RunLog {
  readonly #node: TestNode;
  readonly #begin: number;

  private constructor(node: TestNode, begin: number) {
    this.#node = node;
    this.#begin = begin;
  }

  static async from(node: TestNode): Promise<RunLog> {
    const begin = await stat(node.logFile).then(
      ({ size }) => size,
      () => 0,
    );
    return new RunLog(node, begin);
  }

  async lines(): Promise<readonly string[]> {
    return (await readFile(this.#node.logFile)).toString('utf8', this.#begin).trimEnd().split('\n');
  }

  async events(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const found = await this.lines();
    return found.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Of a node that has been sent all that it lacked. */
  async serves(): Promise<Verdict> {
    const events = await this.events();
    const restored = events.find(({ event }) => event === 'restored');
    const told = events.filter(({ event }) => event === 'checkpoint-damaged' || event === 'witness-damaged');
    return {
      kind: 'serves',
      checkpointSlot: Number(restored?.['checkpointSlot'] ?? 0),
      lacksState: events.some(({ event }) => event === 'state-missing'),
      takenIn: events.some(({ event }) => event === 'waits-to-join'),
      noticed: told.map(({ msg }) => String(msg)),
    };
  }

  /** Of a node that has ended by itself, or has not even begun, with that error. */
  async refuses(error: unknown): Promise<Verdict> {
    const halted = (await this.events()).find(({ event }) => event === 'halted');
    const said = halted === undefined ? await this.#saidAtLast(error) : halted;
    return {
      kind: 'refuses',
      code: String(said['code'] ?? ''),
      message: `${said['code']}: ${said['reason']}`,
      exitCode: this.#node instanceof ProcessNode ? (await this.#node.exited()).code : undefined,
    };
  }

  async #saidAtLast(error: unknown): Promise<Readonly<Record<string, unknown>>> {
    if (error instanceof Error && 'code' in error) return { code: error.code, reason: error.message };
    const [, code, reason] = /^error ([A-Z_]+): (.*)$/m.exec((await this.lines()).join('\n')) ?? [];
    return { code, reason };
  }
}
