import type { Machine } from '../machine/machine.ts';
import { featureLevelOf } from '../wire/feature-level.ts';
import type { OperationBody } from '../wire/operation.ts';
import type { WireError } from '../wire/result.ts';
import { wireError } from '../wire/wire-error.ts';

/**
 * What the members have not agreed to make use of is refused where it comes in, before it can get into the log. The level of a state that
 * lags behind is the lower one: then it is refused too early, never too late.
 */
export function levelError({ governance: { featureLevel } }: Machine, body: OperationBody): WireError | undefined {
  const level = featureLevelOf(body);
  if (level <= featureLevel) return undefined;
  return wireError(
    'UNSUPPORTED',
    `${body.kind} belongs to feature level ${level}, and the cluster is at level ${featureLevel} until all members support more`,
  );
}
