/** `unknown`: it could not be measured, as of a node of an older version. */
export type Level = 'ok' | 'unknown' | 'warning' | 'critical';

const severity: Readonly<Record<Level, number>> = { ok: 0, unknown: 1, warning: 2, critical: 3 };

/** What was found out about one thing. */
export interface Finding {
  /** One of a few words that stay the same, for programs. */
  readonly check: string;
  /** Of one member alone. */
  readonly member: string | null;
  readonly level: Level;
  /** For people. */
  readonly detail: string;
}

export function worstLevel(levels: Iterable<Level>): Level {
  let worst: Level = 'ok';
  for (const level of levels) if (severity[level] > severity[worst]) worst = level;
  return worst;
}

/** Judged by two limits, the second of which is higher. */
export function levelOf(value: number, warningAbove: number, criticalAbove: number): Level {
  if (value > criticalAbove) return 'critical';
  return value > warningAbove ? 'warning' : 'ok';
}

/** What one member is like; `value` only tells who is worst, the highest. */
export interface MemberFinding {
  readonly member: string;
  readonly level: Level;
  readonly value: number;
  readonly detail: string;
}

/** One finding for each member that is not well; if all are, one for all, with what the worst is like. */
export function overMembers(check: string, found: readonly MemberFinding[]): readonly Finding[] {
  const unwell = found.filter(({ level }) => level !== 'ok');
  if (unwell.length > 0) return unwell.map(({ member, level, detail }) => ({ check, member, level, detail }));
  const [worst] = [...found].sort((a, b) => b.value - a.value);
  if (worst === undefined) return [];
  const detail = found.length === 1 ? worst.detail : `${worst.detail} (${worst.member}, the worst of ${found.length})`;
  return [{ check, member: null, level: 'ok', detail }];
}
