import type { ClusterSettings, Genesis, Member } from '../paxos/record.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { Reader, Writer } from '../wire/protobuf.ts';
import { unknownField } from './record-codec-error.ts';

export function writeGenesis(
  writer: Writer,
  { clusterId, clusterName, members, settings, origin = '' }: Genesis,
): void {
  const mark = writer.begin(7);
  writer.string(1, clusterId);
  writer.string(2, clusterName);
  for (const { nodeId, incarnation, address } of members) {
    const memberMark = writer.begin(3);
    writer.string(1, nodeId);
    writer.string(2, incarnation);
    writer.string(3, address);
    writer.end(memberMark);
  }
  const settingsMark = writer.begin(4);
  writer.uint(1, settings.leaseMs);
  writer.uint32(2, settings.clockDriftPermille);
  writer.bool(3, settings.leases);
  writer.end(settingsMark);
  writer.string(5, origin);
  writer.end(mark);
}

export function readGenesis(reader: Reader): Genesis {
  let clusterId = '';
  let clusterName = '';
  const members: Member[] = [];
  let settings: ClusterSettings = { leaseMs: 0, clockDriftPermille: 0, leases: false };
  let origin = '';
  const outer = reader.enter();
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        clusterId = reader.string();
        break;
      case 2:
        clusterName = reader.string();
        break;
      case 3:
        members.push(readMember(reader));
        break;
      case 4:
        settings = readSettings(reader);
        break;
      case 5:
        origin = reader.string();
        break;
      default:
        throw unknownField('Genesis', reader);
    }
  }
  reader.leave(outer);
  return { clusterId, clusterName, members, settings, ...(origin !== '' && { origin }) };
}

function readMember(reader: Reader): Member {
  let nodeId = '';
  let incarnation = '';
  let address = '';
  const outer = reader.enter();
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        nodeId = reader.string();
        break;
      case 2:
        incarnation = reader.string();
        break;
      case 3:
        address = reader.string();
        break;
      default:
        throw unknownField('Member', reader);
    }
  }
  reader.leave(outer);
  return { nodeId: nodeId as NodeId, incarnation, address };
}

function readSettings(reader: Reader): ClusterSettings {
  let leaseMs = 0;
  let clockDriftPermille = 0;
  let leases = false;
  const outer = reader.enter();
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        leaseMs = reader.uint();
        break;
      case 2:
        clockDriftPermille = reader.uint32();
        break;
      case 3:
        leases = reader.bool();
        break;
      default:
        throw unknownField('Settings', reader);
    }
  }
  reader.leave(outer);
  return { leaseMs, clockDriftPermille, leases };
}
