/** "Sometimes" properties: a search that never reaches one of them has not looked where it matters. */
export const markers = [
  'a value of a client is chosen',
  'two leaders proposed in the same slot',
  'a leader adopted a value from a lower ballot',
  'a hole was filled with a no-op below an adopted value',
  'a leader proposed a no-op where a lower ballot had another value',
  'a slot is chosen in two ballots',
  'a slot is chosen by the vote of a node that has restarted',
  'a crash lost a record',
  'a value was learned from another node',
  'a leader holds a lease',
  'a leader holds a lease after another one led',
] as const;

export type Marker = (typeof markers)[number];
