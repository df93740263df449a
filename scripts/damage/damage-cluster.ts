import path from 'node:path';
import { type Client, connect } from '../../src/client/index.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import type { TestNode } from '../../src/testing/cluster/test-node.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';
import { Contents } from './contents.ts';
import type { Damage } from './damage.ts';
import { DataImages, inspected, journalText, recordsOf } from './data-images.ts';
import { type CaseFacts, findingsOf } from './findings.ts';
import { RunLog, type Verdict } from './verdict.ts';

const waitMs = 20_000;

export interface DamageCase {
  readonly damage: Damage;
  readonly verdict: Verdict;
  /** What is not as it was promised; empty: nothing. */
  readonly findings: readonly string[];
}

/**
 * A cluster of three whose node n3 was killed with two checkpoints, a trimmed journal, and records both in LevelDB's tables and in its log.
 * Each case begins with that, damages the directory of n3, and starts it beside the others, which go on meanwhile.
 */
export class DamageCluster implements AsyncDisposable {
  readonly #cluster: TestCluster;
  readonly #images: DataImages;
  readonly #victim: TestNode;
  readonly #others: readonly TestNode[];
  #clientOfOthers: Client | undefined;
  #contents = new Contents();
  #atFirst = new Contents();
  #intactJournal: string | undefined;
  /** The other nodes are as they were when n3 was killed, as far as it can tell. */
  #othersFit = false;

  private constructor(cluster: TestCluster) {
    this.#cluster = cluster;
    this.#images = new DataImages(path.join(cluster.directory, 'images'));
    this.#victim = cluster.node('n3');
    this.#others = cluster.nodes.filter((node) => node !== this.#victim);
  }

  static async make(mode: 'inProcess' | 'processes'): Promise<DamageCluster> {
    const settings = { checkpointJournalMib: 1 };
    const started = await (mode === 'processes'
      ? TestCluster.start({ mode, proxies: false, settings })
      : TestCluster.start({ proxies: false, settings }));
    const cluster = new DamageCluster(started);
    try {
      await cluster.#makeImages();
    } catch (error) {
      await started.close();
      throw error;
    }
    return cluster;
  }

  async run(damage: Damage): Promise<DamageCase> {
    await this.#victim.kill();
    const beginsAnew = !this.#othersFit;
    if (beginsAnew) await this.#restoreOthers();
    await this.#images.restore(this.#victim);
    const directory = this.#victim.dataDir;
    await damage.inflict({ directory, older: this.#images.olderOf(this.#victim) });
    const facts = { damage, ...(await this.#look(directory)) };
    const log = await RunLog.from(this.#victim);
    const [error] = await Promise.all([this.#startVictim(), beginsAnew ? this.#startOthers() : undefined]);
    await this.#contents.write(this.#client());
    const verdict = await this.#settled(log, error);
    const differences: string[] = [];
    if (verdict.kind === 'serves') {
      this.#othersFit = false; // they have heard of records that the image has not
      differences.push(...(await this.#useVictim()));
    }
    differences.push(...(await this.#contents.differences(this.#client())).map((text) => `by another node: ${text}`));
    return { damage, verdict, findings: [...findingsOf(facts, verdict), ...differences] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clientOfOthers?.close();
    await this.#cluster.close();
  }

  /** What can be told of the directory without a start. Where there is none, nothing can. */
  async #look(directory: string): Promise<Omit<CaseFacts, 'damage'>> {
    const report = await inspected(directory).catch((error: Error & { code?: string }) => {
      if (error.code === 'NOT_A_DIRECTORY') return undefined;
      throw error;
    });
    const isJournalWhole = report !== undefined && (await journalText(directory)) === this.#intactJournal;
    return { report, isJournalWhole };
  }

  async #makeImages(): Promise<void> {
    const { nodes } = this.#cluster;
    const client = await connect({ endpoints: this.#cluster.endpoints });
    try {
      const seen = new Map(nodes.map(({ id }) => [id, new Set<number>()]));
      const haveCheckpoints = async (count: number): Promise<boolean> => {
        for (const [id, { checkpointSlot }] of await this.#cluster.reports()) {
          if (checkpointSlot > 0) seen.get(id)?.add(checkpointSlot);
        }
        return [...seen.values()].every(({ size }) => size >= count);
      };
      while (!(await haveCheckpoints(1))) await this.#contents.write(client);
      // What lies in LevelDB's log becomes a table with the next start.
      await this.#victim.kill();
      await this.#images.keepOlder(this.#victim);
      await this.#cluster.start(this.#victim.id);
      while (!(await haveCheckpoints(2))) await this.#contents.write(client);
      // In good order: records of a journal that is being trimmed would else stay behind, below the anchor that stands for them.
      await this.#victim.stop();
      do await this.#endWithVictim(client);
      while (!(await this.#isEndKnown()));
    } finally {
      await client.close();
    }
    this.#atFirst = this.#contents.copy();
    this.#intactJournal = await journalText(this.#images.of(this.#victim));
  }

  /** All nodes are killed, the victim first, and kept as they are then. */
  async #endWithVictim(client: Client): Promise<void> {
    const { nodes } = this.#cluster;
    await Promise.all(nodes.filter(({ running }) => !running).map((node) => node.start()));
    for (let count = 0; count < 2 * 8; count++) await this.#contents.write(client);
    await this.#cluster.converged(waitMs);
    await this.#victim.kill();
    // They go on without it, and so what they know of its journal is on their disks when they are started again.
    for (let count = 0; count < 4; count++) await this.#contents.write(client);
    for (const node of nodes) await node.kill();
    for (const node of nodes) await this.#images.keep(node);
  }

  /** Whether another node has journaled that the victim had its last record. It may be a hint, or just written, and nobody was told. */
  async #isEndKnown(): Promise<boolean> {
    const end = (await recordsOf(this.#images.of(this.#victim))).at(-1)?.sequence;
    const others = await Promise.all(this.#others.map((node) => recordsOf(this.#images.of(node))));
    const claims = others.flat().flatMap(({ seen }) => seen);
    return claims.some(({ nodeId, sequence }) => nodeId === this.#victim.id && sequence === end);
  }

  async #restoreOthers(): Promise<void> {
    await this.#clientOfOthers?.close();
    await Promise.all(this.#others.map((node) => node.kill()));
    for (const node of this.#others) await this.#images.restore(node);
    this.#contents = this.#atFirst.copy();
  }

  async #startOthers(): Promise<void> {
    await Promise.all(this.#others.map((node) => node.start()));
    await this.#cluster.leader({ timeoutMs: waitMs });
    this.#clientOfOthers = await connect({ endpoints: this.#others.map(({ address }) => address) });
    this.#othersFit = true;
  }

  #client(): Client {
    if (this.#clientOfOthers === undefined) throw new Error('no case has begun');
    return this.#clientOfOthers;
  }

  /** Resolves with what kept it from starting. */
  async #startVictim(): Promise<unknown> {
    return await this.#victim.start().then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  async #settled(log: RunLog, error: unknown): Promise<Verdict> {
    const outcome = await waitFor(
      `${this.#victim.id} to be as the others, or to end`,
      async () => (this.#victim.running ? (await this.#isAsOthers()) && 'serves' : 'ended'),
      { timeoutMs: waitMs },
    );
    return outcome === 'ended' ? await log.refuses(error) : await log.serves();
  }

  /** It follows the leader, or leads, and its whole state is that of another node. */
  async #isAsOthers(): Promise<boolean> {
    const reports = await this.#cluster.reports();
    const own = reports.get(this.#victim.id);
    if (own === undefined || own.leaderId === '') return false;
    return this.#others.some(({ id }) => {
      const other = reports.get(id);
      return other !== undefined && other.hashSlot === own.hashSlot && other.stateHash === own.stateHash;
    });
  }

  /** Reads and writes by that node alone. */
  async #useVictim(): Promise<readonly string[]> {
    const client = await connect({ endpoints: [this.#victim.address] });
    try {
      const differences = [...(await this.#contents.differences(client))];
      await this.#contents.write(client);
      differences.push(...(await this.#contents.differences(client)));
      return differences.map((text) => `by n3: ${text}`);
    } finally {
      await client.close();
    }
  }
}
