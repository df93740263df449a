import type { PaxosEffect } from '../../src/paxos/effects.ts';
import type { PaxosMessage } from '../../src/paxos/messages.ts';
import { defaultTiming, Paxos, type PaxosOptions } from '../../src/paxos/paxos.ts';
import type { AcceptedSlot, ClusterSettings, Genesis, JournalRecord, Member } from '../../src/paxos/record.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';

export const n1 = 'n1' as NodeId;
export const n2 = 'n2' as NodeId;
export const n3 = 'n3' as NodeId;
export const n4 = 'n4' as NodeId;
export const n5 = 'n5' as NodeId;

export const settings: ClusterSettings = { leaseMs: 200, clockDriftPermille: 100, leases: true };

export function nodeIds(count: number): NodeId[] {
  return Array.from({ length: count }, (_, index) => `n${index + 1}` as NodeId);
}

export function incarnationOf(nodeId: NodeId): string {
  return `${nodeId}-a`;
}

export function initialMembers(count: number): Member[] {
  return nodeIds(count).map((nodeId) => ({ nodeId, incarnation: '', address: `host-${nodeId}:7000` }));
}

export function genesisOf(count: number, changed: Partial<Genesis> = {}): Genesis {
  const members = initialMembers(count).map((member) => ({ ...member, incarnation: incarnationOf(member.nodeId) }));
  return { clusterId: 'cluster-1', clusterName: 'test', members, settings, ...changed };
}

export function optionsOf(nodeId: NodeId, count: number, changed: Partial<PaxosOptions> = {}): PaxosOptions {
  return {
    nodeId,
    incarnation: incarnationOf(nodeId),
    joins: false,
    bootId: `${nodeId}-boot-1`,
    clusterName: 'test',
    initial: initialMembers(count),
    freshClusterId: 'cluster-1',
    settings,
    timing: defaultTiming,
    randomSeed: Number(nodeId.slice(1)),
    ...changed,
  };
}

export function ballot(round: number, nodeId: NodeId): { round: number; nodeId: NodeId } {
  return { round, nodeId };
}

export const noBallot = { round: 0, nodeId: '' } as const;

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

export function textOf(value: Uint8Array): string {
  return value.length === 0 ? 'no-op' : new TextDecoder().decode(value);
}

export function vote(slot: number, round: number, by: NodeId, value: string): AcceptedSlot {
  return { slot, ballot: ballot(round, by), value: text(value), chosen: false };
}

export function learned(slot: number, round: number, by: NodeId, value: string): AcceptedSlot {
  return { ...vote(slot, round, by, value), chosen: true };
}

/** The first record of a member of a formed cluster. */
export function recordOf(count: number, changed: Partial<JournalRecord> = {}): JournalRecord {
  return {
    sequence: 1,
    promised: noBallot,
    chosenThrough: 0,
    trimmedThrough: 0,
    accepted: [],
    seen: [],
    genesis: genesisOf(count),
    formed: true,
    configuration: undefined,
    ...changed,
  };
}

export interface Sent {
  readonly to: NodeId;
  readonly message: PaxosMessage;
}

type OfType<Type extends PaxosMessage['type']> = Extract<PaxosMessage, { type: Type }>;

/** One node, its clock and its disk, moved by hand: each call is one turn. */
export class TestNode {
  readonly nodeId: NodeId;
  readonly options: PaxosOptions;
  readonly paxos: Paxos;
  /** What a crash would leave. */
  readonly disk: JournalRecord[] = [];
  pending: JournalRecord | undefined;
  /** Since `take` was called last. */
  effects: PaxosEffect[] = [];
  halted: Extract<PaxosEffect, { type: 'halt' }> | undefined;
  nowMs = 0;
  /** How much longer the machine ran than its monotonic clock says. */
  suspendedMs = 0;

  /** `checkpoint`: the state after this slot is on the disk, too. */
  constructor(options: PaxosOptions, records: readonly JournalRecord[] = [], nowMs = 0, checkpoint = 0) {
    this.nodeId = options.nodeId;
    this.options = options;
    this.paxos = new Paxos(options);
    this.nowMs = nowMs;
    if (checkpoint > 0) this.paxos.restoreCheckpoint(checkpoint, undefined);
    for (const record of records) {
      this.disk.push(record);
      this.paxos.restore(record);
    }
    this.turn((effects) => this.paxos.boot(effects));
  }

  turn(input: (effects: PaxosEffect[]) => void): void {
    const effects: PaxosEffect[] = [];
    this.paxos.advance({ monotonicMs: this.nowMs, uptimeMs: this.nowMs + this.suspendedMs });
    input(effects);
    this.paxos.flush(effects);
    for (const effect of effects) {
      if (effect.type === 'persist') this.pending = effect.record;
      if (effect.type === 'halt') this.halted = effect;
    }
    this.effects.push(...effects);
  }

  receive(from: NodeId, message: PaxosMessage, incarnation = incarnationOf(from)): this {
    this.turn((effects) => this.paxos.onMessage(from, incarnation, message, effects));
    return this;
  }

  /** Time passes, then the node ticks. */
  wait(ms: number): this {
    this.nowMs += ms;
    this.turn((effects) => this.paxos.onTick(effects));
    return this;
  }

  /** The record under way reaches the disk. */
  persist(): this {
    const record = this.pending;
    if (record === undefined) return this;
    this.pending = undefined;
    this.disk.push(record);
    this.turn((effects) => this.paxos.onPersisted(record.sequence, effects));
    return this;
  }

  /** Until nothing is on its way to the disk. */
  settle(): this {
    while (this.pending !== undefined) this.persist();
    return this;
  }

  propose(value: string): number {
    let slot = 0;
    this.turn((effects) => {
      slot = this.paxos.propose(text(value), effects);
    });
    return slot;
  }

  /** What was sent since the last call. */
  take(): Sent[] {
    const sent = this.effects.flatMap((effect) =>
      effect.type === 'send' ? [{ to: effect.to, message: effect.message }] : [],
    );
    this.effects = [];
    return sent;
  }

  taken<Type extends PaxosMessage['type']>(type: Type): (OfType<Type> & { readonly to: NodeId })[] {
    return this.take().flatMap(({ to, message }) =>
      message.type === type ? [{ ...(message as OfType<Type>), to }] : [],
    );
  }

  /** Notices and reads asked for since the last `take`. */
  noticeCodes(): string[] {
    return this.effects.flatMap((effect) => (effect.type === 'notice' ? [effect.code] : []));
  }
}

/** The welcome that ends the wait after a boot. */
export function welcome(node: TestNode, from: NodeId, changed: Partial<OfType<'greetingAnswer'>> = {}): TestNode {
  return node.receive(from, {
    type: 'greetingAnswer',
    bootId: node.options.bootId,
    clusterId: 'cluster-1',
    incarnation: incarnationOf(from),
    formed: true,
    chosenThrough: 0,
    configuration: undefined,
    verdict: { kind: 'welcome' },
    seen: undefined,
    supportedLevel: 2,
    ...changed,
  });
}

/** A member of a formed cluster that may vote: greeted by all, grants of a former life waited out. */
export function votingMember(
  nodeId: NodeId,
  count: number,
  records: readonly JournalRecord[] = [recordOf(count)],
  changed: Partial<PaxosOptions> = {},
  checkpoint = 0,
): TestNode {
  const node = new TestNode(optionsOf(nodeId, count, changed), records, 0, checkpoint);
  for (const peer of nodeIds(count)) if (peer !== nodeId) welcome(node, peer);
  node.nowMs += settings.leaseMs;
  node.take();
  return node;
}

export function learn(slots: readonly AcceptedSlot[], chosenThrough: number, trimmedThrough = 0): OfType<'learn'> {
  return { type: 'learn', slots, chosenThrough, trimmedThrough };
}

export function heartbeat(round: number, by: NodeId, id: number, chosenThrough = 0): OfType<'heartbeat'> {
  const base = { hashSlot: 0, hash: '', dispute: undefined, sequence: 0 } as const;
  return { type: 'heartbeat', ballot: ballot(round, by), id, chosenThrough, ...base };
}

export function accept(round: number, by: NodeId, slot: number, value: string, chosenThrough = 0): PaxosMessage {
  return { type: 'accept', ballot: ballot(round, by), slot, value: text(value), chosenThrough };
}

export function prepare(
  round: number,
  by: NodeId,
  fromSlot = 1,
  transferOf: OfType<'prepare'>['transferOf'] = noBallot,
): PaxosMessage {
  return { type: 'prepare', ballot: ballot(round, by), fromSlot, transferOf };
}

export function promise(
  round: number,
  by: NodeId,
  from: NodeId,
  changed: Partial<OfType<'promise'>> = {},
): PaxosMessage {
  return {
    type: 'promise',
    ballot: ballot(round, by),
    incarnation: incarnationOf(from),
    sequence: 1,
    trimmedThrough: 0,
    chosenThrough: 0,
    accepted: [],
    part: 0,
    last: true,
    ...changed,
  };
}

export function accepted(round: number, by: NodeId, from: NodeId, through: number, quiet = false): PaxosMessage {
  const incarnation = incarnationOf(from);
  return { type: 'accepted', ballot: ballot(round, by), through, incarnation, sequence: 1, quiet };
}

export function heartbeatAnswer(
  round: number,
  by: NodeId,
  id: number,
  changed: Partial<OfType<'heartbeatAnswer'>> = {},
): PaxosMessage {
  const base = { acceptedThrough: 0, chosenThrough: 0, hashSlot: 0, hash: '', sequence: 0, quiet: false } as const;
  return { type: 'heartbeatAnswer', ballot: ballot(round, by), id, ...base, ...changed };
}

/** Drives a voting member through a candidacy up to its own durable promise; returns the round. */
export function campaign(node: TestNode, granters: readonly NodeId[]): number {
  for (let waited = 0; node.paxos.role !== 'candidate' && waited < 2000; waited += 25) node.wait(25);
  const { round } = node.paxos.ballot;
  const own = ballot(round, node.nodeId);
  for (const from of granters) {
    node.receive(from, { type: 'preVoteAnswer', ballot: own, granted: true, promised: noBallot, chosenThrough: 0 });
  }
  node.settle();
  return round;
}

/** A leader with nothing to adopt, whose no-op is chosen; `voters` are a quorum together with it. */
export function servingLeader(
  nodeId: NodeId,
  count: number,
  voters: readonly NodeId[],
  records?: readonly JournalRecord[],
): { node: TestNode; round: number } {
  const node = votingMember(nodeId, count, records);
  const round = campaign(node, voters);
  for (const from of voters) node.receive(from, promise(round, nodeId, from));
  node.settle();
  for (const from of voters) node.receive(from, accepted(round, nodeId, from, 1));
  node.settle();
  node.take();
  return { node, round };
}
