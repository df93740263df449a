import { EventEmitter } from 'node:events';
import type { EndpointReport } from '../../src/cli/cluster-probe.ts';
import { runCommandLine } from '../../src/cli/command-line.ts';
import type { CommandContext } from '../../src/cli/context.ts';
import type { Client, ConnectOptions, Entry, Lock } from '../../src/client/index.ts';
import type { SettingChange, SettingsReport } from '../../src/rpc/admin-client.ts';

/** An error as the SDK throws it. */
export class CodedError extends Error {
  readonly code: string;
  readonly retryable = false;
  readonly outcome: 'not-applied' | 'unknown';

  constructor(code: string, message: string, outcome: 'not-applied' | 'unknown' = 'not-applied') {
    super(message);
    this.code = code;
    this.outcome = outcome;
  }
}

/** A stream that keeps what is written. */
export class MemoryStream {
  readonly isTTY: boolean;
  readonly columns = 100;
  bytes: Uint8Array = new Uint8Array();
  /** What every further write fails with. */
  failure: Error | undefined;

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  get text(): string {
    return Buffer.from(this.bytes).toString();
  }

  write(data: string | Uint8Array, done: (error?: Error | null) => void): boolean {
    if (this.failure === undefined) this.bytes = Buffer.concat([this.bytes, Buffer.from(data)]);
    queueMicrotask(() => done(this.failure ?? null));
    return true;
  }
}

export interface WorldOptions {
  readonly client?: Partial<Client>;
  readonly connect?: (options: ConnectOptions) => Promise<Client>;
  readonly reports?: Readonly<Record<string, Omit<EndpointReport, 'endpoint'>>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly onTerminal?: boolean;
  readonly stdin?: string;
  readonly settings?: SettingsReport;
  /** In place of a change. */
  readonly refusal?: Error;
  readonly admin?: Partial<
    Pick<CommandContext, 'probe' | 'changeSettings' | 'changeMembers' | 'transferLeadership' | 'inspect'>
  >;
  /** What is said to a question. */
  readonly answer?: string;
}

/** A world in which a command runs without a process or a cluster of its own. */
export class World {
  readonly stdout: MemoryStream;
  readonly stderr: MemoryStream;
  readonly signals = new EventEmitter();
  readonly connected: ConnectOptions[] = [];
  readonly probed: string[] = [];
  readonly changed: { readonly address: string; readonly changes: readonly SettingChange[] }[] = [];
  readonly questions: string[] = [];
  closed = 0;
  readonly #options: WorldOptions;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.stdout = new MemoryStream(options.onTerminal ?? false);
    this.stderr = new MemoryStream(options.onTerminal ?? false);
  }

  run(...words: string[]): Promise<number> {
    return runCommandLine(words, this.#context());
  }

  #context(): CommandContext {
    const { client, connect, reports, environment, onTerminal, stdin, admin, answer } = this.#options;
    return {
      stdout: this.stdout,
      stderr: this.stderr,
      stdinIsTerminal: onTerminal ?? false,
      environment: environment ?? {},
      entryPoint: '/nowhere/main.js',
      signals: this.signals,
      parent: { connected: false, once: () => undefined },
      readStdin: () => Promise.resolve(Buffer.from(stdin ?? '')),
      connect: async (options) => {
        this.connected.push(options);
        if (connect !== undefined) return await connect(options);
        const close = () => {
          this.closed += 1;
          return Promise.resolve();
        };
        return { close, ...client } as Client;
      },
      settings: () => Promise.resolve(this.#options.settings as SettingsReport),
      changeSettings: (address, changes) => {
        this.changed.push({ address, changes });
        const { settings, refusal } = this.#options;
        return refusal === undefined ? Promise.resolve(settings as SettingsReport) : Promise.reject(refusal);
      },
      probe: (endpoint) => {
        this.probed.push(endpoint);
        const report = reports?.[endpoint] ?? { kind: 'failed', reason: 'connection refused' };
        return Promise.resolve({ endpoint, ...report } as EndpointReport);
      },
      changeMembers: () => Promise.reject(new CodedError('UNAVAILABLE', 'nobody is asked')),
      transferLeadership: () => Promise.reject(new CodedError('UNAVAILABLE', 'nobody is asked')),
      inspect: () => Promise.reject(new CodedError('UNAVAILABLE', 'nobody is asked')),
      ...admin,
      ask: (question) => {
        this.questions.push(question);
        return Promise.resolve(answer ?? '');
      },
    };
  }
}

export function entry(key: string | Uint8Array, value: string | Uint8Array, more: Partial<Entry> = {}): Entry {
  const keyBytes = Buffer.from(key);
  return {
    key: keyBytes.toString(),
    keyBytes,
    value: Buffer.from(value),
    createRevision: 3,
    modRevision: 5,
    version: 2,
    session: undefined,
    ...more,
  } as Entry;
}

/** A lock whose lease the test decides about. */
export class FakeLock implements Pick<Lock, 'name' | 'token' | 'held' | 'remainingMs' | 'signal' | 'release'> {
  readonly name = 'nightly';
  readonly token = 4711;
  held = true;
  remainingMs = 10_000;
  releases = 0;
  readonly #loss = new AbortController();

  get signal(): AbortSignal {
    return this.#loss.signal;
  }

  lose(): void {
    this.held = false;
    this.remainingMs = 0;
    this.#loss.abort();
  }

  release(): Promise<'released' | 'lost'> {
    this.releases += 1;
    const outcome = this.held ? 'released' : 'lost';
    this.held = false;
    return Promise.resolve(outcome);
  }
}
