import type { Replica } from '../replica/replica.ts';
import type { NodeReport } from '../rpc/admin-definition.ts';
import type { AdminServiceOptions } from '../rpc/admin-service.ts';
import type { BackupDesk } from './backup-desk.ts';
import { changeSettings, settingsReport } from './change-settings.ts';
import type { Driver } from './driver.ts';
import type { MemberChanges } from './member-changes.ts';
import { transferLeadership } from './transfer.ts';

/** What operators may ask of a node. */
export function adminOperations(
  replica: Replica,
  driver: Driver,
  backups: BackupDesk,
  memberChanges: MemberChanges,
  report: () => NodeReport,
): AdminServiceOptions {
  return {
    report,
    transferLeadership: (to) => transferLeadership(replica, driver, to),
    changeMembers: (change) => memberChanges.change(change),
    saveSnapshot: (request) => backups.save(request),
    settings: () => settingsReport(replica),
    changeSettings: (changes) => changeSettings(replica, driver, changes),
  };
}
