import type { CallId } from './core/input.ts';
import type { Driver } from './driver.ts';
import { HeldGrant } from './held-grant.ts';
import type { Lock, Permit } from './lock-types.ts';

export class LockHandle extends HeldGrant implements Lock {
  readonly names: readonly string[];
  readonly mode: Lock['mode'];
  readonly token: number;

  constructor(driver: Driver, lockId: CallId, names: readonly string[], mode: Lock['mode'], token: number) {
    super(driver, lockId, names[0] as string);
    this.names = names;
    this.mode = mode;
    this.token = token;
  }
}

export class PermitHandle extends HeldGrant implements Permit {
  readonly id: number;

  constructor(driver: Driver, lockId: CallId, name: string, id: number) {
    super(driver, lockId, name);
    this.id = id;
  }
}
