import { pino } from 'pino';
import type { NodeReport } from '../../rpc/admin-definition.ts';
import { type RunningNode, resolveConfig, startNode } from '../../server/index.ts';
import type { TestNode, TestNodeOptions } from './test-node.ts';

/**
 * A node inside of this process, with a journal and sockets of its own. To be killed means: nothing more leaves, its connections
 * are cut, its journal is closed. What differs from a process that is killed: a write to the disk that is under way is finished, and
 * memory and event loop are those of the test.
 */
export class InProcessNode implements TestNode {
  readonly id: string;
  readonly address: string;
  readonly httpAddress: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly paused = false;
  readonly #options: TestNodeOptions;
  #node: Promise<RunningNode> | undefined;
  #served: RunningNode | undefined;
  #closeLog: () => void = () => undefined;

  constructor(options: TestNodeOptions) {
    this.id = options.id;
    this.address = options.address;
    this.httpAddress = options.httpAddress;
    this.dataDir = options.dataDir;
    this.logFile = options.logFile;
    this.#options = options;
  }

  get running(): boolean {
    return this.#node !== undefined;
  }

  async start(): Promise<void> {
    if (this.running) throw new Error(`${this.id} is running`);
    const node = this.#launch();
    this.#node = node;
    try {
      this.#served = await node;
    } catch (error) {
      this.#closeLog();
      this.#node = undefined;
      throw error;
    }
    // A node that halts has cut its sockets, and gives its directory back only now.
    void this.#served.halted.then(() => this.stop());
    await this.#options.onUp();
  }

  async stop(): Promise<void> {
    await this.#end((node) => node.stop());
  }

  async kill(): Promise<void> {
    await this.#end((node) => node.kill());
  }

  pause(): Promise<never> {
    return Promise.reject(cannotPause(this.id));
  }

  resume(): Promise<never> {
    return Promise.reject(cannotPause(this.id));
  }

  report(): Promise<NodeReport | undefined> {
    return Promise.resolve(this.#served?.report());
  }

  async #launch(): Promise<RunningNode> {
    const { id, address: listen, httpAddress: http, dataDir, logFile, initial, join, dial, settings } = this.#options;
    const config = resolveConfig({ flags: { ...settings, id, dataDir, listen, http, initial, join, dial } });
    const log = pino.destination({ dest: logFile, sync: true });
    this.#closeLog = () => log.end();
    const formatters = { level: (level: string) => ({ level }) };
    const logger = pino({ level: config.logLevel, base: { node: id }, formatters }, log);
    return await startNode(config, { logger });
  }

  async #end(how: (node: RunningNode) => Promise<void>): Promise<void> {
    const launched = this.#node;
    const node = await launched?.catch(() => undefined);
    if (node === undefined || this.#node !== launched) return;
    this.#served = undefined;
    await Promise.all([how(node), this.#options.onDown()]);
    if (this.#node !== launched) return;
    this.#closeLog();
    this.#node = undefined;
  }
}

function cannotPause(id: string): Error {
  return new Error(`${id} runs in this process and cannot be paused alone: use mode 'processes', or isolate('${id}')`);
}
