import type { Client, ConnectOptions } from '../client/index.ts';
import type { ChangeMembersRequest, SettingChange, SettingsReport } from '../rpc/admin-client.ts';
import type { InspectionCall, InspectionCalls } from '../rpc/inspection-client.ts';
import type { EndpointReport } from './cluster-probe.ts';
import type { OutputStream } from './output.ts';

/** Where signals come from: the process, or a test. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

/** The channel to the process that started this one, if it made one. */
export interface ParentChannel {
  readonly connected: boolean;
  once(event: 'disconnect', listener: () => void): unknown;
}

/**
 * All that a command has of the world. The streams are looked at only when used: to touch `process.stdin` changes the mode of
 * a pipe that belongs to the child of `lock`.
 */
export interface CommandContext {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly stdinIsTerminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `main.js`, to start nodes with. */
  readonly entryPoint: string;
  readonly signals: SignalSource;
  readonly parent: ParentChannel;
  readStdin(): Promise<Uint8Array>;
  connect(options: ConnectOptions): Promise<Client>;
  /** Of the node at that address, and changed by it if it leads. @throws AdminCallError */
  settings(address: string, timeoutMs: number): Promise<SettingsReport>;
  changeSettings(address: string, changes: readonly SettingChange[], timeoutMs: number): Promise<SettingsReport>;
  /** Never rejects. */
  probe(endpoint: string, timeoutMs: number): Promise<EndpointReport>;
  /** Of the leader. Resolves with the slot since which the members are so; 0: they were so before. @throws AdminCallError */
  changeMembers(endpoint: string, request: ChangeMembersRequest, timeoutMs: number): Promise<number>;
  /** Of the leader. Resolves with the new one; '': not known yet. @throws AdminCallError */
  transferLeadership(endpoint: string, to: string | undefined, timeoutMs: number): Promise<string>;
  /** Looks at something in that node. @throws AdminCallError */
  inspect<Call extends InspectionCall>(
    endpoint: string,
    call: Call,
    request: InspectionCalls[Call]['request'],
    timeoutMs: number,
  ): Promise<InspectionCalls[Call]['answer']>;
  /** Shows the question on standard error and reads a line from standard input. */
  ask(question: string): Promise<string>;
}
