import type { MeansName } from './means.ts';

export const faultFamilies = [
  'kill',
  'pause',
  'holder',
  'partition',
  'link',
  'packet',
  'client',
  'clock',
  'disk',
  'state',
  'membership',
  'backup',
  'quota',
] as const;
export type FaultFamily = (typeof faultFamilies)[number];

/** What a schedule has to know about a fault. */
export interface FaultTraits {
  readonly family: FaultFamily;
  /** What the machine must offer beyond processes, signals and sockets. */
  readonly needs?: MeansName;
  /**
   * `links`: concerns links alone, and may have one of `processes` beside it. `alone`: stops so much that the effect of another
   * could not be told, or needs a node to be restarted, and to join the others, before it begins.
   */
  readonly company: 'links' | 'processes' | 'alone';
  /** How long it lasts, drawn between the two. Longer than the lease (200 ms) and the silence of an election (1.2 s) unless told. */
  readonly durationMs?: readonly [low: number, high: number];
  /** For faults of lock holders: how long it lasts, in times to live of a session. */
  readonly durationTtls?: readonly [low: number, high: number];
  /** Beyond its duration, because nodes are restarted for it. */
  readonly overheadMs?: number;
}

const links = { company: 'links', durationMs: [1_500, 4_000] } as const;
const processes = { company: 'processes', durationMs: [1_000, 3_000] } as const;
const alone = { company: 'alone', durationMs: [500, 2_000] } as const;

/** Every fault that a run on real processes knows. */
export const faultTraits = {
  'kill-leader': { family: 'kill', ...processes },
  'kill-follower': { family: 'kill', ...processes },
  'kill-majority': { family: 'kill', ...alone },
  'kill-all': { family: 'kill', ...alone },
  /** In good order, all at once. */
  'restart-all': { family: 'kill', ...alone },
  /** In good order, one after the other. */
  'rolling-restart': { family: 'kill', ...alone, overheadMs: 6_000 },
  /** Again and again, each time for less than the lease. */
  'pause-leader-briefly': { family: 'pause', ...processes },
  'pause-follower-briefly': { family: 'pause', ...processes },
  /** For longer than the lease and than an election takes. */
  'pause-leader': { family: 'pause', ...processes, durationMs: [2_000, 4_000] },
  'pause-follower': { family: 'pause', ...processes, durationMs: [2_000, 4_000] },
  'pause-majority': { family: 'pause', ...alone, durationMs: [2_000, 4_000] },
  /** A program that holds a lock, for less than its session's time to live. */
  'pause-holder-briefly': { family: 'holder', company: 'processes', durationTtls: [0.2, 0.5] },
  /** For so long that its locks go to others. */
  'pause-holder': { family: 'holder', company: 'processes', durationTtls: [1.3, 2] },
  'kill-holder': { family: 'holder', company: 'processes', durationTtls: [0.5, 1.3] },
  /** `kill -9`, and started again while its session lives. */
  'restart-holder': { family: 'holder', company: 'processes', durationMs: [0, 500] },
  'partition-leader': { family: 'partition', ...links },
  'partition-minority': { family: 'partition', ...links },
  /** Two groups that do not hear each other, and one node that hears both. */
  'partition-bridge': { family: 'partition', ...links },
  'partition-one-way': { family: 'partition', ...links },
  'partition-flapping': { family: 'partition', ...links },
  'link-slow': { family: 'link', ...links },
  /** One end believes that the connection stands, and what it sends vanishes. */
  'link-half-open': { family: 'link', ...links },
  'link-reset': { family: 'link', ...links },
  /** Dropped by the kernel: TCP repeats them, later and later. */
  'packet-loss': { family: 'packet', needs: 'nftables', ...links },
  'packets-one-way': { family: 'packet', needs: 'nftables', ...links },
  'client-cut': { family: 'client', ...links },
  'client-slow': { family: 'client', ...links },
  'client-half-open': { family: 'client', ...links },
  'client-reset': { family: 'client', ...links },
  /** Of one node, by ten minutes, forward or back. */
  'wall-jump': { family: 'clock', needs: 'libfaketime', ...alone, overheadMs: 4_000 },
  /** One node's clocks run 5 % fast: within the bound that leases rely on. */
  'clock-drift': {
    family: 'clock',
    needs: 'libfaketime',
    company: 'alone',
    durationMs: [3_000, 5_000],
    overheadMs: 4_000,
  },
  'slow-disk': {
    family: 'disk',
    needs: 'strace',
    company: 'alone',
    durationMs: [2_000, 4_000],
    overheadMs: 4_000,
  },
  'failed-fsync': { family: 'disk', needs: 'strace', ...alone, overheadMs: 4_000 },
  'io-error': { family: 'disk', needs: 'strace', ...alone, overheadMs: 4_000 },
  /** Deleted or damaged, with the node down. */
  'lost-checkpoints': { family: 'state', ...alone },
  'disk-full': { family: 'disk', needs: 'tmpfs', ...alone, overheadMs: 5_000 },
  'add-member': { family: 'membership', ...alone, overheadMs: 5_000 },
  /** The other way round, too: for it the node's directory is emptied. */
  'replace-member': { family: 'membership', ...alone, overheadMs: 7_000 },
  /** By the command line, while a node is killed. */
  'save-snapshots': { family: 'backup', ...processes, overheadMs: 4_000 },
  'low-quota': { family: 'quota', ...alone, overheadMs: 2_000 },
} as const satisfies Readonly<Record<string, FaultTraits>>;

export type ChaosFaultKind = keyof typeof faultTraits;

export const chaosFaultKinds = Object.keys(faultTraits) as ChaosFaultKind[];

export function traitsOf(kind: ChaosFaultKind): FaultTraits {
  return faultTraits[kind];
}

/** The kinds that a name stands for: itself, or all of its family. Undefined: there is no such name. */
export function kindsNamed(name: string): readonly ChaosFaultKind[] | undefined {
  const kinds = chaosFaultKinds.filter((kind) => kind === name || faultTraits[kind].family === name);
  return kinds.length === 0 ? undefined : kinds;
}
