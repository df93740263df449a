/** "Sometimes" marks: what runs have seen happen. One that stays at zero over many runs is a hole. */
export const recipeMarks = [
  'task acknowledged',
  'task taken again',
  'task taken again from its checkpoint',
  'lease lost',
  'task gone to the dead letters',
  'result of a pool',
  'task of a pool run again',
  'barrier passed',
  'barrier broken',
  'latch opened',
  'latch broken',
  'partition changed hands',
  'change of a group seen by several',
  'member crashed',
  'transaction committed',
  'transaction rolled back',
  'transaction brought to its end by a survivor',
  'counted, or not: nobody knows',
  'synced read of a cache',
] as const;

export type RecipeMark = (typeof recipeMarks)[number];
