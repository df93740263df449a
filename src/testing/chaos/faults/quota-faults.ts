import { type Client, ConclaveError } from '../../../client/index.ts';
import { requestSettingsChange } from '../../../rpc/admin-client.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import type { ActiveFault, FaultAction, FaultContext } from './fault-context.ts';
import { askLeader } from './operators.ts';

const mebibyte = 1024 * 1024;
/** The least that can be set. */
const lowQuotaBytes = mebibyte;
const ballastPrefix = 'ballast/';
const ballast: readonly string[] = Array.from({ length: 16 }, (_, at) => `${ballastPrefix}${at}`);
const callTimeoutMs = 5_000;

/** The quota is lowered below what the state takes, and raised again. */
export const quotaFaults = {
  'low-quota': lowQuota,
} as const satisfies Readonly<Record<string, FaultAction>>;

async function lowQuota(context: FaultContext): Promise<ActiveFault> {
  const client = await context.cluster.connect({ session: { name: 'quota' } });
  const filler = new Uint8Array((2 * lowQuotaBytes) / ballast.length);
  for (const key of ballast) await client.put(key, filler, { timeoutMs: callTimeoutMs });
  await setQuota(context, lowQuotaBytes);
  return {
    what: `the quota is lowered to ${lowQuotaBytes} bytes`,
    targets: [],
    measure: async () => {
      const refusal = await refusalOf(client);
      return refusal === 'QUOTA_EXCEEDED' ? `${await residentBytes(context)} bytes; what grows is refused` : undefined;
    },
    end: async () => {
      try {
        // What makes room is taken all the time, and then the refusals end by themselves.
        for (const key of ballast) {
          const { deleted } = await client.delete(key, { timeoutMs: callTimeoutMs });
          if (!deleted) throw new Error(`${key} was not there to be deleted`);
        }
        const hasRoom = async (): Promise<boolean> => (await refusalOf(client)) === undefined;
        await waitFor('room under the quota', hasRoom, { timeoutMs: 10_000, everyMs: 50 });
      } finally {
        await setQuota(context, 0);
        await client.close();
      }
    },
  };
}

/** 0: the default. */
async function setQuota({ cluster }: FaultContext, value: number): Promise<void> {
  await askLeader(cluster, (address) =>
    requestSettingsChange(address, [{ name: 'quotaBytes', value }], { timeoutMs: callTimeoutMs }),
  );
}

async function residentBytes({ cluster }: FaultContext): Promise<number> {
  return (await (await cluster.leader()).report())?.residentBytes ?? 0;
}

/** Of a key that is there only to be refused. @returns the code; undefined: it was taken, and is gone again */
async function refusalOf(client: Client): Promise<string | undefined> {
  const key = `${ballastPrefix}probe`;
  try {
    await client.put(key, new Uint8Array(1_000), { timeoutMs: callTimeoutMs });
    await client.delete(key, { timeoutMs: callTimeoutMs });
    return undefined;
  } catch (error) {
    if (error instanceof ConclaveError) return error.code;
    throw error;
  }
}
