import type { Machine } from '../machine/machine.ts';
import { decodeConfiguration } from '../paxos/configuration-codec.ts';
import type { Configuration } from '../paxos/record.ts';

/** Who rules after the last slot that the machine has applied; undefined: those of the genesis. @throws WireFormatError */
export function configurationOfState({ configuration }: Machine): Configuration | undefined {
  return configuration && { slot: configuration.slot, members: decodeConfiguration(configuration.bytes).members };
}
