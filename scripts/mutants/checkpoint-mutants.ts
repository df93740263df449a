import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import { type Mutant, ownAssertion } from './mutant.ts';

/** Nodes that are away for long while the others write checkpoints and give up their logs. */
const absences: ConfigOverrides = {
  checkpointBytes: 1_500,
  faults: [
    ['crash', 3],
    ['powerLoss', 1],
    ['isolateOne', 3],
  ],
  operations: [
    ['put', 5],
    ['counterAdd', 2],
  ],
  faultDurationMs: 3_000,
  faultIntervalMs: 700,
  thinkMs: 30,
  tightLimits: false,
};

/** The same, and with it checkpoints that are damaged. */
const damages: ConfigOverrides = {
  ...absences,
  faults: [
    ['crash', 3],
    ['isolateOne', 2],
    ['damagedCheckpoint', 3],
    ['lostCheckpoints', 1],
  ],
};

/** Breaks when a state is written, what is given up because of it, and how it is fetched. */
export const checkpointMutants: readonly Mutant[] = [
  {
    name: 'trimmed-by-the-newest',
    meaning: 'a journal gives up what the newest checkpoint alone stands for',
    edits: [
      {
        file: 'src/replica/checkpoint-desk.ts',
        find: 'const older = this.#kept[1];',
        replace: 'const older = this.#kept[0];',
      },
    ],
    foundBy: ['a journal is trimmed below two checkpoints'],
    focus: absences,
    withinSeeds: 20,
  },
  {
    name: 'checkpoint-of-a-moving-state',
    meaning: 'a checkpoint is written from the state itself, which changes meanwhile',
    edits: [
      {
        file: 'src/machine/snapshot.ts',
        find: 'const state = origin.share();',
        replace: 'const shared = origin.share();\n  const state = origin;',
      },
      { file: 'src/machine/snapshot.ts', find: 'state.release();', replace: 'shared.release();' },
    ],
    foundBy: ['what was written whole can be used', 'the simulation itself does not fail'],
    focus: absences,
    withinSeeds: 60,
  },
  {
    name: 'stale-values-under-a-checkpoint',
    meaning: 'what was accepted before a checkpoint came counts as chosen once the checkpoint is lost',
    edits: [
      {
        file: 'src/paxos/checkpoint.ts',
        find: '  state.trimmedThrough = slot;\n  const { catchUp }',
        replace: '  const { catchUp }',
      },
    ],
    foundBy: [
      'agreement',
      'only chosen values are applied',
      ownAssertion,
      'learned values are chosen',
      'no assertion fails',
    ],
    focus: damages,
    withinSeeds: 200,
  },
  {
    name: 'accepted-values-lost-by-an-install',
    meaning: 'a node that installs a checkpoint forgets what it has accepted above it',
    edits: [
      {
        file: 'src/paxos/checkpoint.ts',
        find: 'if (covered > slot) continue;',
        replace: 'if (covered > slot && state.booted === false) continue;',
      },
    ],
    foundBy: [
      'a promise reports what was accepted',
      'a chosen prefix has its values',
      'persist before speak',
      'chosen values are stable',
    ],
    focus: absences,
    withinSeeds: 200,
  },
  {
    name: 'watches-skip-what-was-installed',
    meaning: 'a watch goes on after the state that was fetched, without what came between',
    edits: [
      {
        file: 'src/replica/watch-hub.ts',
        find: 'this.#fallBehind();\n    this.#dispatched = this.#machine.revision;',
        replace: 'this.#dispatched = this.#machine.revision;',
      },
    ],
    foundBy: [
      'watch is gap-free',
      'watch reaches the end',
      'liveness: watches reach the end',
      'liveness: no watch goes silent',
    ],
    focus: {
      ...absences,
      sdkRate: 1,
      sessionTtlMs: [6_000, 9_000],
      operations: [
        ['put', 5],
        ['watch', 3],
      ],
    },
    withinSeeds: 600,
  },
  {
    name: 'installed-before-it-is-on-the-disk',
    meaning: 'a state that another node has sent takes effect while the disk has yet to complete it',
    edits: [
      {
        file: 'src/replica/checkpoints.ts',
        find: 'this.#transfer.onChunkStored(input.token, input.index, nowMs);',
        replace: `this.#transfer.onChunkStored(input.token, input.index, nowMs);
        const { slot = 0, stored = 0, chunks = 1 } = this.#transfer.progress ?? {};
        const install = stored === chunks ? this.#transfer.onWritten({ slot } as never) : undefined;
        if (install !== undefined) this.#onInstall(install);`,
      },
    ],
    foundBy: ['a chosen prefix has its values', 'persist before speak', 'watermarks rise'],
    focus: { ...absences, interruptionIntervalMs: 300 },
    withinSeeds: 20,
  },
  {
    name: 'no-patience-with-a-silent-sender',
    meaning: 'a node waits for ever for a state that another has stopped to send',
    edits: [
      {
        file: 'src/replica/checkpoint-transfer.ts',
        find: 'else if (nowMs - this.#heardMs > askAgainMs) this.#onSilence(nowMs);',
        replace: 'else if (nowMs < this.#heardMs) this.#onSilence(nowMs);',
      },
    ],
    foundBy: ['liveness: the survivors agree', 'liveness: everything called is answered'],
    focus: { ...absences, transport: 'datagram', dropRate: 0.1 },
    withinSeeds: 60,
  },
  {
    name: 'leader-without-a-state',
    meaning: 'a node that has lost its state stands for election',
    edits: [
      {
        file: 'src/paxos/election.ts',
        find: 'return mayVote(state) && isElectable(state) && !lacksState(state);',
        replace: 'return mayVote(state) && isElectable(state) && lacksState !== undefined;',
      },
    ],
    foundBy: [
      ownAssertion,
      'no assertion fails',
      'liveness: a leader serves',
      'liveness: everything called is answered',
      'liveness: sessions of the dead expire',
    ],
    focus: damages,
    withinSeeds: 200,
  },
  {
    name: 'sequences-seen-lost-by-trimming',
    meaning: 'what stands for given up records does not say how far the others were',
    edits: [
      {
        file: 'src/paxos/journal.ts',
        find: 'seen: [...state.seen.values()].sort(byNodeId),',
        replace: 'seen: [],',
      },
    ],
    foundBy: ['no vote with amnesia', 'a node hears the others before it votes'],
    focus: {
      ...absences,
      // Where members come and go, nobody loses its disk.
      spares: 0,
      faults: [
        ['crash', 3],
        ['oldDiskImage', 3],
      ],
    },
    withinSeeds: 400,
  },
  {
    name: 'unverified-checkpoint',
    meaning: 'a state that is received is made use of without a look at its hash, and chunks may be missing from it',
    edits: [
      {
        file: 'src/replica/checkpoint-transfer.ts',
        find: 'if (receiving.stored < checkpoint.chunks) {',
        replace: 'if (receiving.stored < checkpoint.chunks - 1) {',
      },
      {
        file: 'src/replica/checkpoint-transfer.ts',
        find: 'reader.finish().hash === checkpoint.hash && bytes === checkpoint.bytes',
        replace: 'reader.finish().hash !== ""',
      },
    ],
    foundBy: ['no assertion fails', ownAssertion, 'states are equal', 'the simulation itself does not fail'],
    focus: absences,
    withinSeeds: 60,
  },
];
