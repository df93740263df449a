import { keyPrefix } from './names.ts';

/** The keys of a queue. A task is named by its priority and the number of its creation, so that the order of keys is its place. */
export class QueueKeys {
  readonly prefix: string;
  readonly tasks: string;
  readonly leases: string;
  readonly dead: string;

  constructor(name: string) {
    this.prefix = keyPrefix('queue', name);
    this.tasks = `${this.prefix}tasks/`;
    this.leases = `${this.prefix}leases/`;
    this.dead = `${this.prefix}dead/`;
  }

  task(id: string): string {
    return this.tasks + id;
  }

  /** Ephemeral: whoever has it, has the task. */
  lease(id: string): string {
    return this.leases + id;
  }

  /** How often it was handed out. */
  attempts(id: string): string {
    return `${this.prefix}attempts/${id}`;
  }

  checkpoint(id: string): string {
    return `${this.prefix}checkpoints/${id}`;
  }

  deadLetter(id: string): string {
    return this.dead + id;
  }

  /** Of a dead letter that has no room for it. */
  deadPayload(id: string): string {
    return `${this.prefix}dead-payloads/${id}`;
  }

  ofPriority(priority: number): string {
    return `${this.tasks}${String(priority).padStart(4, '0')}-`;
  }
}

export function priorityOf(id: string): number {
  return Number(id.slice(0, id.indexOf('-')));
}

/** A task has been added, given back, or lost its worker. */
export function makesRoom(keys: QueueKeys, event: { readonly type: 'put' | 'delete'; readonly key: string }): boolean {
  return event.key.startsWith(event.type === 'put' ? keys.tasks : keys.leases);
}
