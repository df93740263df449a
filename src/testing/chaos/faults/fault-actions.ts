import { backupFaults } from './backup-faults.ts';
import { clientLinkFaults } from './client-link-faults.ts';
import { clockFaults } from './clock-faults.ts';
import { diskFaults } from './disk-faults.ts';
import type { FaultAction } from './fault-context.ts';
import type { ChaosFaultKind } from './fault-kinds.ts';
import { holderFaults } from './holder-faults.ts';
import { killFaults } from './kill-faults.ts';
import { linkFaults } from './link-faults.ts';
import { memberFaults } from './member-faults.ts';
import { packetFaults } from './packet-faults.ts';
import { pauseFaults } from './pause-faults.ts';
import { quotaFaults } from './quota-faults.ts';
import { stateFaults } from './state-faults.ts';

/** How each fault is made. */
export const chaosFaultActions: Readonly<Record<ChaosFaultKind, FaultAction>> = {
  ...killFaults,
  ...pauseFaults,
  ...holderFaults,
  ...linkFaults,
  ...packetFaults,
  ...clientLinkFaults,
  ...clockFaults,
  ...diskFaults,
  ...stateFaults,
  ...memberFaults,
  ...backupFaults,
  ...quotaFaults,
};
