import { statfs } from 'node:fs/promises';
import type { Machine } from '../machine/machine.ts';
import type { NodeNoticeCode } from './notices.ts';

/** Warnings begin at these parts of the quota, and end when a little less is used. */
const quotaLevels = [
  { part: 0.8, code: 'quota-warning' },
  { part: 0.95, code: 'quota-critical' },
] as const;
const quotaSlack = 0.05;
/** A warning about the disk ends when so much more is free than it began with. */
const diskSlack = 1.25;

const lookMs = 1_000;
/** The disk is asked at every so manieth look. */
const looksPerDisk = 10;

export interface RoomWatchParts {
  readonly machine: Machine;
  readonly checkpointJournalBytes: number;
  /** Of the file system with the data, for somebody who is not root. @throws what the system throws */
  readonly readFreeBytes: () => Promise<number>;
  readonly onNotice: (code: NodeNoticeCode, text: string) => void;
}

/** Free to a process that is not root. */
export async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** Tells operators that room gets scarce, in the state or on the disk, before anything is refused or fails; once, until it is over. */
export class RoomWatch {
  readonly #parts: RoomWatchParts;
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;
  /** How many of `quotaLevels` have been told. */
  #quotaLevel = 0;
  #diskIsLow = false;
  #freeDiskBytes = 0;

  constructor(parts: RoomWatchParts) {
    this.#parts = parts;
  }

  /** As of the last look; 0: not yet. */
  get freeDiskBytes(): number {
    return this.#freeDiskBytes;
  }

  /** What the node may write before it gives anything up: the journal of one checkpoint, and that checkpoint, each of them twice. */
  get neededDiskBytes(): number {
    const { machine, checkpointJournalBytes } = this.#parts;
    return 2 * (checkpointJournalBytes + machine.governance.residentBytes.total);
  }

  start(): void {
    void this.lookAtDisk();
    this.#timer = setInterval(() => {
      this.lookAtQuota();
      this.#looks += 1;
      if (this.#looks % looksPerDisk === 0) void this.lookAtDisk();
    }, lookMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  lookAtQuota(): void {
    const { quotaBytes, residentBytes } = this.#parts.machine.governance;
    const used = residentBytes.total / quotaBytes;
    const reached = quotaLevels.filter(({ part }) => used >= part).length;
    const left = quotaLevels.filter(({ part }) => used >= part - quotaSlack).length;
    if (reached > this.#quotaLevel) {
      this.#quotaLevel = reached;
      this.#tellQuota(quotaLevels[reached - 1]?.code ?? 'quota-warning', used);
    } else if (left < this.#quotaLevel) {
      this.#quotaLevel = left;
      this.#tellQuota(quotaLevels[left - 1]?.code ?? 'quota-eased', used);
    }
  }

  /** Never rejects: what the disk does not tell is no reason to stop. */
  async lookAtDisk(): Promise<void> {
    const { readFreeBytes, onNotice } = this.#parts;
    try {
      this.#freeDiskBytes = await readFreeBytes();
    } catch {
      return;
    }
    const [free, needed] = [this.#freeDiskBytes, this.neededDiskBytes];
    if (!this.#diskIsLow && free < needed) {
      this.#diskIsLow = true;
      onNotice(
        'disk-low',
        `${free} bytes are free on the disk, and ${needed} may be needed: a full disk stops this node`,
      );
    } else if (this.#diskIsLow && free >= diskSlack * needed) {
      this.#diskIsLow = false;
      onNotice('disk-eased', `${free} bytes are free on the disk again`);
    }
  }

  #tellQuota(code: NodeNoticeCode, used: number): void {
    const { quotaBytes, residentBytes } = this.#parts.machine.governance;
    const text = `the state takes ${residentBytes.total} bytes, ${Math.floor(used * 100)} % of the quota of ${quotaBytes}`;
    this.#parts.onNotice(code, code === 'quota-eased' ? text : `${text}: at 100 % what grows is refused`);
  }
}
