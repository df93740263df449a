import { decodeConfiguration, encodeConfiguration } from '../paxos/configuration-codec.ts';
import type { GenesisMessage, Greeting, GreetingAnswer } from '../paxos/messages.ts';
import type { ClusterSettings, Configuration, Genesis, Member, SeenSequence } from '../paxos/record.ts';
import { type Reader, WireFormatError, type Writer } from '../wire/protobuf.ts';
import { readMember, readSeenSequence, writeMember, writeSeenSequence } from './record-part-codec.ts';

type Verdict = GreetingAnswer['verdict'];

const verdictFields = {
  welcome: 6,
  wrongCluster: 7,
  strangeIncarnation: 8,
  notAMember: 9,
  differentInitial: 10,
  differentOrigin: 12,
  removed: 13,
} as const satisfies Record<Verdict['kind'], number>;

const seenField = 11;

export function writeGreeting(writer: Writer, field: number, message: Greeting): void {
  const mark = writer.begin(field, 256);
  writer.string(1, message.clusterId);
  writer.string(2, message.clusterName);
  writer.string(3, message.incarnation);
  writer.string(4, message.bootId);
  writer.bool(5, message.formed);
  writer.uint(6, message.sequence);
  writer.uint(7, message.chosenThrough);
  for (const member of message.initial) writeMember(writer, 8, member);
  writer.string(9, message.origin ?? '');
  writeConfiguration(writer, 10, message.configuration);
  writer.uint32(20, message.supportedLevel);
  writer.end(mark);
}

export function readGreeting(reader: Reader): Greeting {
  const outer = reader.enter();
  let clusterId = '';
  let clusterName = '';
  let incarnation = '';
  let bootId = '';
  let formed = false;
  let sequence = 0;
  let chosenThrough = 0;
  let configuration: Configuration | undefined;
  const initial: Member[] = [];
  let origin = '';
  let supportedLevel = 0;
  while (reader.next()) {
    if (reader.field === 1) clusterId = reader.string();
    else if (reader.field === 2) clusterName = reader.string();
    else if (reader.field === 3) incarnation = reader.string();
    else if (reader.field === 4) bootId = reader.string();
    else if (reader.field === 5) formed = reader.bool();
    else if (reader.field === 6) sequence = reader.uint();
    else if (reader.field === 7) chosenThrough = reader.uint();
    else if (reader.field === 8) initial.push(readMember(reader));
    else if (reader.field === 9) origin = reader.string();
    else if (reader.field === 10) configuration = decodeConfiguration(reader.bytes());
    else if (reader.field === 20) supportedLevel = reader.uint32();
    else reader.skip();
  }
  reader.leave(outer);
  const about = { clusterId, clusterName, incarnation, bootId, formed, sequence };
  const greeting = { ...about, chosenThrough, configuration, initial, supportedLevel };
  return { type: 'greeting', ...greeting, ...(origin !== '' && { origin }) };
}

export function writeGreetingAnswer(writer: Writer, field: number, message: GreetingAnswer): void {
  const mark = writer.begin(field, 128);
  writer.string(1, message.bootId);
  writer.string(2, message.clusterId);
  writer.string(3, message.incarnation);
  writer.bool(4, message.formed);
  writer.uint(5, message.chosenThrough);
  // In the order of the fields' numbers.
  const comesLast = verdictFields[message.verdict.kind] > seenField;
  if (!comesLast) writeVerdict(writer, message.verdict);
  if (message.seen !== undefined) writeSeenSequence(writer, seenField, message.seen);
  if (comesLast) writeVerdict(writer, message.verdict);
  writeConfiguration(writer, 14, message.configuration);
  writer.uint32(20, message.supportedLevel);
  writer.end(mark);
}

function writeConfiguration(writer: Writer, field: number, configuration: Configuration | undefined): void {
  if (configuration !== undefined) writer.bytes(field, encodeConfiguration(configuration));
}

/** A member of a `oneof`: written even if it is empty. */
function writeVerdict(writer: Writer, verdict: Verdict): void {
  const mark = writer.begin(verdictFields[verdict.kind]);
  if (verdict.kind === 'wrongCluster') writer.string(1, verdict.clusterId);
  if (verdict.kind === 'strangeIncarnation') writer.string(1, verdict.expected);
  if (verdict.kind === 'differentOrigin') writer.string(1, verdict.origin);
  if (verdict.kind === 'differentInitial') for (const member of verdict.initial) writeMember(writer, 1, member);
  writer.end(mark);
}

/** @throws WireFormatError UNSUPPORTED without a verdict that this version knows */
export function readGreetingAnswer(reader: Reader): GreetingAnswer {
  const outer = reader.enter();
  let bootId = '';
  let clusterId = '';
  let incarnation = '';
  let formed = false;
  let chosenThrough = 0;
  let configuration: Configuration | undefined;
  let verdict: Verdict | undefined;
  let seen: SeenSequence | undefined;
  let supportedLevel = 0;
  while (reader.next()) {
    if (reader.field === 1) bootId = reader.string();
    else if (reader.field === 2) clusterId = reader.string();
    else if (reader.field === 3) incarnation = reader.string();
    else if (reader.field === 4) formed = reader.bool();
    else if (reader.field === 5) chosenThrough = reader.uint();
    else if (reader.field === seenField) seen = readSeenSequence(reader);
    else if (reader.field === 14) configuration = decodeConfiguration(reader.bytes());
    else if (reader.field === 20) supportedLevel = reader.uint32();
    else verdict = readVerdict(reader) ?? verdict;
  }
  reader.leave(outer);
  if (verdict === undefined) throw new WireFormatError('an answer to a greeting has no known verdict', 'UNSUPPORTED');
  const about = { bootId, clusterId, incarnation, formed, chosenThrough, configuration };
  return { type: 'greetingAnswer', ...about, verdict, seen, supportedLevel };
}

/** Undefined, and the field passed over, if it is none of the verdicts. */
function readVerdict(reader: Reader): Verdict | undefined {
  switch (reader.field) {
    case verdictFields.welcome:
      reader.skip();
      return { kind: 'welcome' };
    case verdictFields.wrongCluster:
      return { kind: 'wrongCluster', clusterId: readOnlyString(reader) };
    case verdictFields.strangeIncarnation:
      return { kind: 'strangeIncarnation', expected: readOnlyString(reader) };
    case verdictFields.notAMember:
      reader.skip();
      return { kind: 'notAMember' };
    case verdictFields.removed:
      reader.skip();
      return { kind: 'removed' };
    case verdictFields.differentInitial:
      return { kind: 'differentInitial', initial: readInitial(reader) };
    case verdictFields.differentOrigin:
      return { kind: 'differentOrigin', origin: readOnlyString(reader) };
    default:
      reader.skip();
      return undefined;
  }
}

function readOnlyString(reader: Reader): string {
  const outer = reader.enter();
  let text = '';
  while (reader.next()) {
    if (reader.field === 1) text = reader.string();
    else reader.skip();
  }
  reader.leave(outer);
  return text;
}

function readInitial(reader: Reader): readonly Member[] {
  const outer = reader.enter();
  const initial: Member[] = [];
  while (reader.next()) {
    if (reader.field === 1) initial.push(readMember(reader));
    else reader.skip();
  }
  reader.leave(outer);
  return initial;
}

export function writeGenesisMessage(writer: Writer, field: number, message: GenesisMessage): void {
  const { genesis, bootId, configuration } = message;
  const mark = writer.begin(field, 256);
  const inner = writer.begin(1, 256);
  writer.string(1, genesis.clusterId);
  writer.string(2, genesis.clusterName);
  for (const member of genesis.members) writeMember(writer, 3, member);
  const settings = writer.begin(4);
  writer.uint(1, genesis.settings.leaseMs);
  writer.uint32(2, genesis.settings.clockDriftPermille);
  writer.bool(3, genesis.settings.leases);
  writer.end(settings);
  writer.string(5, genesis.origin ?? '');
  writer.end(inner);
  writer.string(2, bootId);
  if (configuration !== undefined) writer.bytes(3, encodeConfiguration(configuration));
  writer.end(mark);
}

/** @throws WireFormatError without a genesis */
export function readGenesisMessage(reader: Reader): GenesisMessage {
  const outer = reader.enter();
  let genesis: Genesis | undefined;
  let bootId = '';
  let configuration: Configuration | undefined;
  while (reader.next()) {
    if (reader.field === 1) genesis = readGenesis(reader);
    else if (reader.field === 2) bootId = reader.string();
    else if (reader.field === 3) configuration = decodeConfiguration(reader.bytes());
    else reader.skip();
  }
  reader.leave(outer);
  if (genesis === undefined) throw new WireFormatError('a genesis message without a genesis');
  return { type: 'genesis', bootId, genesis, configuration };
}

function readGenesis(reader: Reader): Genesis {
  const outer = reader.enter();
  let clusterId = '';
  let clusterName = '';
  const members: Member[] = [];
  let settings: ClusterSettings = { leaseMs: 0, clockDriftPermille: 0, leases: false };
  let origin = '';
  while (reader.next()) {
    if (reader.field === 1) clusterId = reader.string();
    else if (reader.field === 2) clusterName = reader.string();
    else if (reader.field === 3) members.push(readMember(reader));
    else if (reader.field === 4) settings = readSettings(reader);
    else if (reader.field === 5) origin = reader.string();
    else reader.skip();
  }
  reader.leave(outer);
  return { clusterId, clusterName, members, settings, ...(origin !== '' && { origin }) };
}

function readSettings(reader: Reader): ClusterSettings {
  const outer = reader.enter();
  let leaseMs = 0;
  let clockDriftPermille = 0;
  let leases = false;
  while (reader.next()) {
    if (reader.field === 1) leaseMs = reader.uint();
    else if (reader.field === 2) clockDriftPermille = reader.uint32();
    else if (reader.field === 3) leases = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return { leaseMs, clockDriftPermille, leases };
}
