import { knownSequence } from '../invariants/losses.ts';
import type { SimulatedNode } from '../world/node.ts';
import { flipCheckpointBit, loseCheckpointPart, loseCheckpoints, misdirectChunk } from './checkpoint-damage.ts';
import {
  type Damage,
  damageAnchor,
  exchangeRecords,
  flipBit,
  loseDatabase,
  loseRecord,
  loseTail,
  misdirectRecord,
  revertRecord,
  truncateRecord,
} from './damage.ts';
import type { FaultAction, FaultContext } from './fault-context.ts';
import { blockedPairs, type Pair } from './partitions.ts';

/** Disks that lose or falsify what they have confirmed. Only nodes that the budget gives away are hit, and only in a cluster. */
export const lossFaults = {
  bitRot: (fault) => damage(fault, flipBit),
  truncatedRecord: (fault) => damage(fault, truncateRecord),
  lostRecord: (fault) => damage(fault, loseRecord),
  lostTail: (fault) => damage(fault, loseTail),
  exchangedRecords: (fault) => damage(fault, exchangeRecords),
  misdirectedRecord: (fault) => damage(fault, misdirectRecord),
  /** What a crash had interrupted comes back, soon after it was written anew, when it may be the newest, or later. */
  staleRecord: (fault) => {
    const { stream } = fault;
    const node = victim(fault);
    if (node === undefined) return;
    node.crash(false);
    fault.after(stream.real(5_000, 50_000), () => node.start());
    fault.after(stream.pick([100_000, 500_000, 2_500_000]) * stream.unit(), () => {
      const whileRunning = stream.chance(0.3);
      if (!whileRunning) stop(fault, node);
      if (revertRecord(node.disk, stream)) note(fault, node, 'disk damaged');
      if (!whileRunning) startSoon(fault, node);
    });
  },

  lostDatabase: (fault) => damage(fault, loseDatabase),

  wipedDirectory: (fault) => {
    const { host } = fault;
    const node = victim(fault);
    if (node === undefined || host.lossBudget.hasLost(node)) return;
    stop(fault, node);
    note(fault, node, 'directory wiped');
    node.disk.wipe(`${node.incarnation}-wiped`);
    startSoon(fault, node);
  },

  /** The machine comes back as it was when somebody took a copy of it. */
  oldDiskImage: (fault) => {
    const { host } = fault;
    const node = victim(fault);
    if (node === undefined || host.lossBudget.hasLost(node)) return;
    if (host.config.budget === 'rollback') rollBackUnnoticed(fault, node);
    else rollBackNoticeably(fault, node);
  },

  damagedAnchor: (fault) => damage(fault, damageAnchor),

  damagedCheckpoint: (fault) => damageCheckpoints(fault, fault.stream.pick([flipCheckpointBit, loseCheckpointPart])),
  misdirectedChunk: (fault) => damageCheckpoints(fault, misdirectChunk),
  lostCheckpoints: (fault) => damageCheckpoints(fault, loseCheckpoints),
} satisfies Record<string, FaultAction>;

/** To fewer records than somebody has seen of it, who can say so when it starts. */
function rollBackNoticeably(fault: FaultContext, node: SimulatedNode): void {
  const { host, stream } = fault;
  const peers = host.nodes.filter((peer) => peer !== node && !host.lossBudget.hasLost(peer));
  const known = Math.max(...peers.map((peer) => knownSequence(peer, node)));
  if (known < 1) return;
  stop(fault, node);
  note(fault, node, 'directory rolled back');
  // What is lost by a hair is noticed by a hair.
  const lost = stream.chance(0.5) ? stream.between(1, Math.min(3, known)) : stream.between(1, known);
  node.disk.rollBack(known - lost);
  startWhenKnown(fault, node);
}

/** One peer is cut off for a while; when it is back, the node has forgotten the meantime, and reaches none but that peer. */
function rollBackUnnoticed(fault: FaultContext, node: SimulatedNode): void {
  const { host, stream } = fault;
  const confidant = stream.pick(host.nodes.filter((peer) => peer !== node));
  const others = host.nodes.filter((peer) => peer !== node && peer !== confidant);
  const records = node.disk.image.lastSequence;
  const awayUs = stream.real(500_000, 3_000_000);
  fault.block(blockedPairs('isolateOne', confidant, host.nodes, stream), awayUs);
  fault.after(awayUs, () => {
    if (records >= node.disk.image.lastSequence) return;
    const pairs = others.flatMap(({ index }): Pair[] => [
      [index, node.index],
      [node.index, index],
    ]);
    fault.block(pairs, stream.real(1_000_000, 6_000_000));
    stop(fault, node);
    note(fault, node, 'directory rolled back');
    node.disk.rollBack(records);
    startSoon(fault, node);
  });
}

function damage(fault: FaultContext, inflict: Damage): void {
  const { stream } = fault;
  const node = victim(fault);
  if (node === undefined) return;
  const whileRunning = stream.chance(0.5);
  if (!whileRunning) stop(fault, node);
  if (inflict(node.disk, stream)) note(fault, node, 'disk damaged');
  if (!whileRunning) startSoon(fault, node);
  else if (stream.chance(0.7)) {
    fault.later(() => {
      stop(fault, node);
      startSoon(fault, node);
    });
  }
}

/** What another node can give back. */
function damageCheckpoints(fault: FaultContext, inflict: Damage): void {
  const { host, stream } = fault;
  const node = victim(fault);
  if (node === undefined || host.lossBudget.hasLost(node)) return;
  const whileRunning = stream.chance(0.6);
  if (!whileRunning) stop(fault, node);
  if (inflict(node.disk, stream)) {
    host.coverage.hit('checkpoint damaged');
    host.lossBudget.noteStateLoss(node);
    node.disk.checkpointsDamaged = true;
  }
  if (!whileRunning) startSoon(fault, node);
}

/** Before the cluster is formed everybody is needed. */
function victim({ host, stream }: FaultContext): SimulatedNode | undefined {
  return host.formed() ? host.lossBudget.pick(stream) : undefined;
}

function note(
  { host }: FaultContext,
  node: SimulatedNode,
  marker: 'disk damaged' | 'directory wiped' | 'directory rolled back',
): void {
  host.coverage.hit(marker);
  host.lossBudget.noteLoss(node);
  if (host.lossBudget.exceeded) host.coverage.hit('beyond the budget: majority damaged');
}

function stop({ stream, host }: FaultContext, node: SimulatedNode): void {
  node.crash(stream.chance(host.config.keepPendingRate));
}

function startSoon(fault: FaultContext, node: SimulatedNode): void {
  fault.after(fault.stream.real(5_000, 500_000), () => node.start());
}

/** Once somebody who has seen more of it than it has itself can tell it so. */
function startWhenKnown(fault: FaultContext, node: SimulatedNode): void {
  const { host } = fault;
  const { reachability } = host;
  const canTell = host.nodes.some(
    (peer) =>
      peer.phase === 'running' &&
      !host.lossBudget.hasLost(peer) &&
      reachability.open(peer.index, node.index) &&
      reachability.open(node.index, peer.index) &&
      knownSequence(peer, node) > node.disk.image.lastSequence,
  );
  if (canTell) node.start();
  else fault.after(100_000, () => startWhenKnown(fault, node));
}
