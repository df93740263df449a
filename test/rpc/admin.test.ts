import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MemberChange } from '../../src/replica/member-change.ts';
import {
  type ChangeMembersRequest,
  requestMemberChange,
  requestSettings,
  requestSettingsChange,
  requestStatus,
  requestTransfer,
} from '../../src/rpc/admin-client.ts';
import type { NodeReport, SettingChange, SettingsReport } from '../../src/rpc/admin-definition.ts';
import { AdminRefusal, type AdminRefusalReason, registerAdminService } from '../../src/rpc/admin-service.ts';
import { RpcServer } from '../../src/rpc/rpc-server.ts';
import { noInspection } from './no-inspection.ts';

const report: NodeReport = {
  clusterId: 'c',
  nodeId: 'n1',
  state: 'follower',
  leaderId: 'n2',
  ballot: { round: 7, nodeId: 'n2' },
  chosenSlot: 2 ** 40,
  appliedSlot: 2 ** 40 - 1,
  revision: Number.MAX_SAFE_INTEGER,
  pid: 4711,
  version: '1.2.3',
  uptimeSeconds: 0.5,
  members: [{ nodeId: 'n1', incarnation: 'i', address: '127.0.0.1:7101', standing: 'JOINING', replaces: 'n2' }],
  membersSlot: 77,
  sessions: 0,
  watches: 3,
  connections: 4,
  stateHash: 'abc',
  hashSlot: 1024,
  checkpointSlot: 1000,
  residentBytes: 2 ** 33,
  quotaBytes: 2 ** 34,
  featureLevel: 2,
  supportedLevel: 2,
  lastError: '',
  alarm: '',
};

const settings: SettingsReport = {
  featureLevel: 2,
  commonLevel: 2,
  version: 3,
  residentBytes: 17,
  settings: [
    { name: 'quotaBytes', value: 2 ** 40, isDefault: false },
    { name: 'historyBytes', value: 2 ** 26, isDefault: true },
  ],
};

let server: RpcServer;
let address: string;
let transfer: (to: string | undefined) => Promise<string>;
let change: (changes: readonly SettingChange[]) => Promise<SettingsReport>;
let memberChanges: MemberChange[];

beforeEach(async () => {
  server = new RpcServer({ maxConnections: 10 });
  memberChanges = [];
  registerAdminService(server, {
    report: () => report,
    transferLeadership: (to) => transfer(to),
    saveSnapshot: () => ({}) as never,
    settings: () => settings,
    changeSettings: (changes) => change(changes),
    inspection: noInspection,
    changeMembers: async (asked) => {
      if (asked.nodeId === 'busy') throw new AdminRefusal('BUSY', 'another one');
      return memberChanges.push(asked);
    },
  });
  address = `127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
});

afterEach(() => server.destroy());

test('a node tells everything that it reports', async () => {
  expect(await requestStatus(address, { timeoutMs: 2_000 })).toEqual(report);
});

test('a transfer names the successor, or nobody, and answers with the new leader', async () => {
  const asked: (string | undefined)[] = [];
  transfer = async (to) => {
    asked.push(to);
    return to ?? 'n3';
  };
  expect(await requestTransfer(address, 'n2', { timeoutMs: 2_000 })).toBe('n2');
  expect(await requestTransfer(address, undefined, { timeoutMs: 2_000 })).toBe('n3');
  expect(asked).toEqual(['n2', undefined]);
});

test('a node tells its settings, and changes those that are named', async () => {
  const asked: SettingChange[] = [];
  change = async (changes) => {
    asked.push(...changes);
    return settings;
  };
  expect(await requestSettings(address, { timeoutMs: 2_000 })).toEqual(settings);
  const changes = [{ name: 'quotaBytes', value: Number.MAX_SAFE_INTEGER }];
  expect(await requestSettingsChange(address, changes, { timeoutMs: 2_000 })).toEqual(settings);
  expect(asked).toEqual(changes);
});

test('a change of the members arrives as it was asked for', async () => {
  const ask = (request: ChangeMembersRequest) => requestMemberChange(address, request, { timeoutMs: 2_000 });
  expect(await ask({ nodeId: 'n4', add: { address: 'h:1', learner: true, replaces: '' } })).toBe(1);
  expect(await ask({ nodeId: 'n4', add: { address: 'h:1', learner: false, replaces: 'n1' } })).toBe(2);
  expect(await ask({ nodeId: 'n4', promote: {} })).toBe(3);
  expect(await ask({ nodeId: 'n4', remove: {} })).toBe(4);
  expect(memberChanges).toEqual([
    { kind: 'add', nodeId: 'n4', address: 'h:1', standing: 'learner', replaces: '' },
    { kind: 'add', nodeId: 'n4', address: 'h:1', standing: 'joining', replaces: 'n1' },
    { kind: 'promote', nodeId: 'n4' },
    { kind: 'remove', nodeId: 'n4' },
  ]);
  await expect(ask({ nodeId: 'n4' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  await expect(ask({ nodeId: 'busy', remove: {} })).rejects.toMatchObject({ code: 'BUSY' });
});

describe('what goes wrong has a code', () => {
  const codes = ['NOT_LEADER', 'INVALID_ARGUMENT', 'TIMEOUT', 'UNAVAILABLE', 'UNSUPPORTED', 'CONFLICT'] as const;
  test.each<AdminRefusalReason>(codes)('%s', async (code) => {
    transfer = async () => {
      throw new AdminRefusal(code, 'because');
    };
    const refused = requestTransfer(address, undefined, { timeoutMs: 2_000 });
    const outcome = code === 'TIMEOUT' ? 'unknown' : 'not-applied';
    await expect(refused).rejects.toMatchObject({ code, message: `${address}: because`, refused: true, outcome });
  });

  test('TIMEOUT if the node does not answer', async () => {
    transfer = () => new Promise(() => undefined);
    await expect(requestTransfer(address, 'n2', { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'TIMEOUT',
      refused: false,
      outcome: 'unknown',
    });
  });

  test('UNAVAILABLE if nobody listens', async () => {
    server.destroy();
    const failed = requestStatus(address, { timeoutMs: 2_000 });
    await expect(failed).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: `${address}: connection refused`,
      refused: false,
    });
  });
});
