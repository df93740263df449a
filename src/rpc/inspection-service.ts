import type { handleUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import { statusOfError } from './admin-refusal.ts';
import type { InspectionCall, InspectionHandlers } from './inspection-definition.ts';

const calls = [
  'Locks',
  'Sessions',
  'Watches',
  'Log',
  'StateHashes',
  'Vitals',
] as const satisfies readonly InspectionCall[];

/** For the service Admin: the part that only looks. */
export function inspectionMethods(handlers: InspectionHandlers): UntypedServiceImplementation {
  return Object.fromEntries(calls.map((call) => [call, unary(handlers[call])]));
}

function unary(handler: (request: never) => Promise<object>): handleUnaryCall<object, object> {
  return (call, callback) => {
    handler(call.request as never).then(
      (answer) => callback(null, answer),
      (error: unknown) => callback(statusOfError(error)),
    );
  };
}
