import { RandomStream } from '../../simulation/prng.ts';
import { type ChaosFaultKind, type FaultTraits, traitsOf } from '../faults/fault-kinds.ts';

/** Whom it hits is drawn from its own number when it begins. */
export interface PlannedFault {
  readonly kind: ChaosFaultKind;
  readonly draw: number;
  readonly durationMs: number;
}

/** Calm, then faults, then recovery. */
export interface Round {
  /** When it is expected to begin. How long recoveries take is not known beforehand. */
  readonly atMs: number;
  /** 0: the first, in which every kind comes once. */
  readonly turn: number;
  /** Throughput is measured for so long before. */
  readonly calmMs: number;
  /** One, or one of links and then, while it lasts, one of processes. */
  readonly faults: readonly PlannedFault[];
}

export interface RoundsOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly kinds: readonly ChaosFaultKind[];
  readonly sessionTtlMs: number;
}

/** What a recovery is expected to take. */
const recoveryMs = 1_000;
/** In the first turn faults last at most so much of what they may last beyond the least. */
const firstTurnShare = 0.2;
/** How often a calm is longer than a session lives without its client: in such a one, none may end. */
const longCalmChance = 0.15;
/** How often a fault of links has company, after each kind has had its turn. */
const companyChance = 0.5;

/**
 * What will be done, and in which order: known before the run, and independent of what happens in it. Kinds come in turns, each
 * turn in an order of its own, so that every kind comes once before any comes twice. The first turn is as short as it can be: each fault
 * of links has one of processes beside it as long as there are any.
 */
export function drawRounds({ seed, minutes, kinds, sessionTtlMs }: RoundsOptions): readonly Round[] {
  const stream = new RandomStream(seed).fork('rounds of chaos');
  const rounds: Round[] = [];
  const endMs = minutes * 60_000;
  for (let atMs = 0, turn = 0; kinds.length > 0; turn += 1) {
    for (const together of drawTurn(kinds, stream, turn === 0 ? 1 : companyChance)) {
      const faults = together.map((kind) => drawFault(kind, sessionTtlMs, turn === 0 ? firstTurnShare : 1, stream));
      const calmMs = turn === 0 ? 750 : drawCalmMs(sessionTtlMs, stream);
      const nextMs = atMs + calmMs + expectedMs(faults) + recoveryMs;
      if (nextMs > endMs) return rounds;
      rounds.push({ atMs, turn, calmMs, faults });
      atMs = nextMs;
    }
  }
  return rounds;
}

/** Each kind once. */
function drawTurn(
  kinds: readonly ChaosFaultKind[],
  stream: RandomStream,
  chance: number,
): readonly (readonly ChaosFaultKind[])[] {
  const companies = (company: FaultTraits['company']) =>
    stream.shuffled(kinds.filter((kind) => traitsOf(kind).company === company));
  const processes = companies('processes');
  const together = companies('links').map((kind) => {
    const beside = stream.chance(chance) ? processes.pop() : undefined;
    return beside === undefined ? [kind] : [kind, beside];
  });
  return stream.shuffled([
    ...together,
    ...processes.map((kind) => [kind]),
    ...companies('alone').map((kind) => [kind]),
  ]);
}

function drawFault(kind: ChaosFaultKind, sessionTtlMs: number, share: number, stream: RandomStream): PlannedFault {
  const { durationMs = [0, 0], durationTtls = [0, 0] } = traitsOf(kind);
  const part = share * stream.unit();
  const between = ([low, high]: readonly [number, number]): number => low + part * (high - low);
  return {
    kind,
    draw: stream.next32(),
    durationMs: Math.round(between(durationMs) + between(durationTtls) * sessionTtlMs),
  };
}

function drawCalmMs(sessionTtlMs: number, stream: RandomStream): number {
  return stream.between(1_000, 3_000) + (stream.chance(longCalmChance) ? 2 * sessionTtlMs : 0);
}

function expectedMs(faults: readonly PlannedFault[]): number {
  return Math.max(...faults.map(({ kind, durationMs }) => durationMs + (traitsOf(kind).overheadMs ?? 0)));
}
