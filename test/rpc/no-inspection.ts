import type { InspectionHandlers } from '../../src/rpc/inspection-definition.ts';

const refuse = (): Promise<never> => Promise.reject(new Error('nobody looks into this node'));

/** Of a node that is not looked into. */
export const noInspection: InspectionHandlers = {
  Locks: refuse,
  Sessions: refuse,
  Watches: refuse,
  Log: refuse,
  StateHashes: refuse,
  Vitals: refuse,
};
