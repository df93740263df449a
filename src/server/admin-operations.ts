import type { Replica } from '../replica/replica.ts';
import type { NodeReport } from '../rpc/admin-definition.ts';
import type { AdminServiceOptions } from '../rpc/admin-service.ts';
import type { InspectionHandlers } from '../rpc/inspection-definition.ts';
import type { BackupDesk } from './backup-desk.ts';
import { changeSettings, settingsReport } from './change-settings.ts';
import type { Driver } from './driver.ts';
import type { MemberChanges } from './member-changes.ts';
import { transferLeadership } from './transfer.ts';

export interface AdminOperationsParts {
  readonly replica: Replica;
  readonly driver: Driver;
  readonly backups: BackupDesk;
  readonly memberChanges: MemberChanges;
  readonly inspection: InspectionHandlers;
  readonly report: () => NodeReport;
}

/** What operators may ask of a node. */
export function adminOperations(parts: AdminOperationsParts): AdminServiceOptions {
  const { replica, driver, backups, memberChanges, inspection, report } = parts;
  return {
    report,
    transferLeadership: (to) => transferLeadership(replica, driver, to),
    changeMembers: (change) => memberChanges.change(change),
    saveSnapshot: (request) => backups.save(request),
    settings: () => settingsReport(replica),
    changeSettings: (changes) => changeSettings(replica, driver, changes),
    inspection,
  };
}
