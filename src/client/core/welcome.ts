import type { Welcome } from '../../wire/frame.ts';
import { protocolVersion } from '../../wire/limits.ts';

/** Why a node that says this is none to talk to; `foreign`: it belongs to another cluster. `knownClusterId`: empty if none is known yet. */
export function problemOfWelcome(
  { protocol, clusterId }: Welcome,
  knownClusterId: string,
): { readonly foreign: boolean; readonly reason: string } | undefined {
  if (protocol !== protocolVersion) return { foreign: false, reason: `UNSUPPORTED: protocol version ${protocol}` };
  if (knownClusterId === '' || clusterId === knownClusterId) return undefined;
  return { foreign: true, reason: `CLUSTER_CHANGED: it belongs to cluster ${clusterId}, not to ${knownClusterId}` };
}
