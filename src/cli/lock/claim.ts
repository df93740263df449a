import type { CallOptions, Client, Held } from '../../client/index.ts';

/** What a command is to run under. */
export type Claim = LocksClaim | PermitClaim | LeadershipClaim;

export interface LocksClaim {
  readonly kind: 'locks';
  /** Several are held together, all or none. */
  readonly names: readonly [string, ...string[]];
  readonly shared: boolean;
  readonly onlyTry: boolean;
  readonly delayMs: number | undefined;
  readonly note: string | undefined;
}

export interface PermitClaim {
  readonly kind: 'permit';
  readonly name: string;
  readonly permits: number;
  readonly onlyTry: boolean;
  readonly note: string | undefined;
}

export interface LeadershipClaim {
  readonly kind: 'leadership';
  readonly name: string;
  readonly delayMs: number | undefined;
  readonly note: string | undefined;
}

/** What was claimed and is held. */
export interface Claimed {
  readonly held: Held;
  /** For events: the fencing token, or of a permit, which has none, its id. */
  readonly proof: { readonly token: number } | { readonly permit: number };
}

export function firstName(claim: Claim): string {
  return claim.kind === 'locks' ? claim.names[0] : claim.name;
}

/** Waits its turn. */
export async function claim(client: Client, wanted: Claim, call: CallOptions): Promise<Claimed> {
  switch (wanted.kind) {
    case 'locks': {
      const { names, shared, delayMs, note } = wanted;
      const [name, ...others] = names;
      const options = { ...call, delayMs, note };
      const lock =
        others.length === 0 ? await client.lock(name, { ...options, shared }) : await client.lockAll(names, options);
      return { held: lock, proof: { token: lock.token } };
    }
    case 'permit': {
      const permit = await client.permit(wanted.name, { ...call, permits: wanted.permits, note: wanted.note });
      return { held: permit, proof: { permit: permit.id } };
    }
    case 'leadership': {
      const { name, delayMs, note } = wanted;
      const { lock } = await client.election(name).campaign({ ...call, delayMs, note });
      return { held: lock, proof: { token: lock.token } };
    }
  }
}

/** Undefined: it is not to be had at once. */
export async function claimAtOnce(
  client: Client,
  wanted: LocksClaim | PermitClaim,
  call: CallOptions,
): Promise<Claimed | undefined> {
  if (wanted.kind === 'permit') {
    const permit = await client.tryPermit(wanted.name, { ...call, permits: wanted.permits, note: wanted.note });
    return permit && { held: permit, proof: { permit: permit.id } };
  }
  const { names, shared, delayMs, note } = wanted;
  const [name, ...others] = names;
  const options = { ...call, delayMs, note };
  const lock =
    others.length === 0 ? await client.tryLock(name, { ...options, shared }) : await client.tryLockAll(names, options);
  return lock && { held: lock, proof: { token: lock.token } };
}

/** What the command finds in its environment. A permit fences nothing, so that its id is not called a token. */
export function environmentOf({ proof }: Claimed): Readonly<Record<string, string>> {
  return 'token' in proof ? { CONCLAVE_LOCK_TOKEN: String(proof.token) } : { CONCLAVE_PERMIT_ID: String(proof.permit) };
}
