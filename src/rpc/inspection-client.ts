import { type AdminCallOptions, callAdmin } from './admin-client.ts';
import type { InspectionCall, InspectionCalls } from './inspection-definition.ts';

export type * from './inspection-definition.ts';

/** Looks at something in the node at `address`. @throws AdminCallError UNAVAILABLE, TIMEOUT; UNSUPPORTED by an older version */
export function requestInspection<Call extends InspectionCall>(
  address: string,
  call: Call,
  request: InspectionCalls[Call]['request'],
  options: AdminCallOptions,
): Promise<InspectionCalls[Call]['answer']> {
  return callAdmin<InspectionCalls[Call]['answer']>(address, call, request, options);
}
